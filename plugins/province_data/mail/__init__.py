"""What a province officer reads after a load: the mail and how it is sent."""
