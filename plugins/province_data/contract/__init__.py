"""The declaration of a dataset: its contract, its rules, and the standard they belong to."""
