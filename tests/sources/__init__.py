"""Agencies' systems that really run, on loopback, for tests: they speak as the agencies do and fail when told to."""
