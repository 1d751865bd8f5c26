"""Bring the registries of Vietnam's provinces together: pull, land, load, validate, build, publish, report."""

__version__ = "0.1.0"
