"""Proof of the mails: what they say, how they look to a machine, and that they arrive."""
