"""Give the tests of this folder a database that holds the functions, or the functions and the lists."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from province_data.reference.install import install_functions
from province_data.reference.load import load_reference

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def functions(database: psycopg.Connection) -> psycopg.Connection:
    install_functions(database)
    return database


@pytest.fixture
def loaded(database: psycopg.Connection) -> psycopg.Connection:
    load_reference(database, NOW)
    return database
