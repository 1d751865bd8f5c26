"""What every dataset refers to: administrative units, code lists, Vietnamese text."""
