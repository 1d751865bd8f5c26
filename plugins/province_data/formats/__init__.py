"""How the bytes of a delivered file are read into records."""
