"""The typed form of a declaration: contract, table, column, rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from province_data.contract.delivery import DeliveryCheck as DeliveryCheck
from province_data.contract.measures import Measures
from province_data.contract.persons import PersonReference
from province_data.contract.state import LawfulStates, RuleState
from province_data.contract.state import Severity as Severity


class ColumnType(StrEnum):
    """What a column becomes after validation; before, everything is text."""

    TEXT = "text"
    DATE = "date"
    PARTIAL_DATE = "partial_date"
    TIMESTAMP = "timestamp"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DOUBLE = "double"
    MONEY = "money"


@dataclass(frozen=True)
class Text:
    """One sentence in both languages."""

    vi: str
    en: str


@dataclass(frozen=True)
class Column:
    """One field of a record: its name here, its name as sent, its type and class of sensitivity."""

    name: str
    sent_as: str
    type: ColumnType
    mandatory: bool
    sensitivity: str
    title: Text
    form: str = ""
    """How a code or number is written, in Vietnamese; types have a form of their own."""


@dataclass(frozen=True)
class KeyPart:
    """A part of the record key: the first alternative whose columns are all filled."""

    alternatives: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class DialectSpec:
    """How the file of a table is written, as its contract declares it."""

    format: str
    delimiter: str = ","
    decimal: str = "."
    date: str = "ISO"


@dataclass(frozen=True)
class Table:
    """One table of a dataset."""

    dataset: str
    name: str
    title: Text
    grain: Text
    file: str
    sheet: str | None
    remote: str | None
    updated_column: str | None
    province_sql: str | None
    commune: str | None
    """Column with the commune that has to mend a record, in the list of communes of today."""
    dialect: DialectSpec
    key: tuple[KeyPart, ...]
    columns: tuple[Column, ...]
    persons: tuple[PersonReference, ...] = ()
    """The persons its records name, to be linked with population."""
    lawful: LawfulStates | None = None
    measures: Measures | None = None

    @property
    def stem(self) -> str:
        """The table's name in every schema: `<dataset>__<table>`."""
        return f"{self.dataset}__{self.name}"

    def column(self, name: str) -> Column | None:
        """Find a column by name."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True)
class Gate:
    """When a province's whole batch is refused or held."""

    rules: tuple[str, ...]
    max_failed_percent: float
    min_snapshot_percent: float


@dataclass(frozen=True)
class Source:
    """Where a dataset comes from unless a setting overrides it."""

    connector: str
    connection: str | None
    options: Mapping[str, str]


@dataclass(frozen=True)
class Contract:
    """The whole declaration of one dataset, but for its rules."""

    dataset: str
    title: Text
    description: Text
    owner: Text
    steward: Text
    legal_basis: str
    purpose: str
    source: Source
    schedule: str
    deadline_hours: int
    commune_edition: str
    gate: Gate
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table | None:
        """Find a table by name."""
        return next((t for t in self.tables if t.name == name), None)


@dataclass(frozen=True)
class RowCheck:
    """One condition of a rule over single records of one staging table.

    `bad` is SQL, true for a record that breaks the rule; `when` is SQL, true where the rule applies. Both see the
    table's text columns. `expectation` names a native GX expectation with its arguments, else None.
    """

    table: Table
    field: str
    when: str
    bad: str
    expectation: str | None = None
    arguments: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Join:
    """Evidence of a set rule: another table, joined on equal columns.

    `absent` evidence is an excuse: a record with any such row does not break the rule, and a province that states
    nothing of it is tested all the same.
    """

    alias: str
    table: Table
    on: tuple[tuple[str, str], ...]
    """(column of the evidence, column of the record); `alias.column` is a column of other evidence, `f(r.column)` an expression"""
    where: str | None
    absent: bool = False


@dataclass(frozen=True)
class SetCheck:
    """A condition over several records or datasets, judged on what the provinces state at present.

    The record is aliased `r`; `joins` bring evidence; `group` + `having` select groups first; `window` adds
    computed columns to `r`. A finding names the record `r`.
    """

    table: Table
    field: str
    when: str
    bad: str
    joins: tuple[Join, ...] = ()
    group: tuple[str, ...] = ()
    group_where: str | None = None
    measures: Mapping[str, str] | None = None
    having: str | None = None
    window: Mapping[str, str] | None = None


@dataclass(frozen=True)
class KeyCheck:
    """The record key must not stand twice: in a batch, nor in two provinces."""

    table: Table
    field: str
    when: str = "true"
    """SQL on the record: a key with alternatives is the matter of one rule for each."""


Check = RowCheck | SetCheck | KeyCheck | DeliveryCheck


@dataclass(frozen=True)
class Example:
    """A small case of a rule: the rows, and whether the first one holds or fails."""

    holds: bool
    rows: tuple[Mapping[str, object], ...]


@dataclass(frozen=True)
class Rule:
    """One sentence of the standard and how it is judged."""

    id: str
    dimension: str
    sentence: Text
    advice: Text
    severity: Severity
    threshold: str
    """What the standard asks for: the least share of records that keep the rule, or another bound in words."""
    basis: str
    checks: tuple[Check, ...]
    examples: tuple[Example, ...]
    where: str
    """File and line of the declaration."""
    version: str = ""
    """Fingerprint of what judges: it changes with a condition, a severity or a state, not with a word."""
    state: RuleState = RuleState.ACTIVE
    declared: Severity | None = None
    """The severity the rule will have; `severity` is info as long as it is only on trial."""

    @property
    def sentence_vi(self) -> str:
        """The sentence in Vietnamese."""
        return self.sentence.vi

    @property
    def sentence_en(self) -> str:
        """The sentence in English."""
        return self.sentence.en

    @property
    def advice_vi(self) -> str:
        """What the province should do, in Vietnamese."""
        return self.advice.vi

    @property
    def advice_en(self) -> str:
        """What the province should do, in English."""
        return self.advice.en


@dataclass(frozen=True)
class NotChecked:
    """A rule of the standard that no delivered record can be judged by; it is shown as not testable, never as passed."""

    id: str
    dimension: str
    sentence: Text
    severity: Severity
    threshold: str
    basis: str
    reason: str
    where: str
    """File and line of the declaration."""


@dataclass(frozen=True)
class Dimension:
    """One word of the slogan, a chapter of the rules files."""

    code: str
    name: Text
    meaning: Text


@dataclass(frozen=True)
class Standard:
    """The dimensions in their order, the colours of a score, and what an error group asks for."""

    version: str
    dimensions: tuple[Dimension, ...]
    green_from: float
    yellow_from: float
    advice: Mapping[str, Text]
    correction_days: Mapping[Severity, int]
    """Calendar days to mend a finding, counted from the day it was first seen; a severity without any asks for nothing."""
    owners: Mapping[tuple[str, str], str]
    """(`dataset.table`, column) -> the dataset that owns the item, where it is not the table's own."""
    identifiers: tuple[str, ...] = ()
    """The rules on identifiers: kept by every record, or a critical incident."""
