"""Choose how `parse` reads a file: by a contract's table, or by the dialect options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from province_data.contract.catalog import read_catalog
from province_data.contract.model import Table
from province_data.errors import ContractError
from province_data.formats.dialect import Dialect, Field
from province_data.load import dialect_for, staging_fields
from province_data.settings import Settings


def dialect_and_fields(
    settings: Settings, file: Path, dataset: str | None, table: str | None, options: Mapping[str, object]
) -> tuple[Dialect, tuple[Field, ...] | None]:
    """Return the dialect and the fields; fields None = the file's own header."""
    encoding = str(options["encoding"])
    if dataset is not None:
        chosen = table_of(settings, dataset, table)
        dialect = dialect_for(file.name, chosen, encoding, str(options["sheet"]) if options["sheet"] else None)
        return dialect, staging_fields(chosen)[:-1]
    kind = str(options["file_format"] or _kind_by_ending(file))
    escape = str(options["escape"]) if options["escape"] else None
    return (
        Dialect(
            kind,
            encoding=encoding,
            delimiter=str(options["delimiter"]).replace("\\t", "\t"),
            quote=str(options["quote"]),
            escape=escape,
            header=bool(options["header"]),
            sheet=str(options["sheet"]) if options["sheet"] else None,
            skip_lines=int(str(options["skip_lines"])),
        ),
        None,
    )


def table_of(settings: Settings, dataset: str, table: str | None) -> Table:
    """Find the table of a dataset; ContractError when the dataset has several and none is named."""
    declared = read_catalog(settings.project / "expectations").contract(dataset)
    names = ", ".join(t.name for t in declared.tables)
    if table is None and len(declared.tables) > 1:
        raise ContractError(f"{dataset} has several tables", expected=f"--table with one of: {names}")
    found = declared.table(table) if table else declared.tables[0]
    if found is None:
        raise ContractError(f"{dataset} has no table {table!r}", expected=f"one of: {names}")
    return found


def _kind_by_ending(file: Path) -> str:
    name = file.name.lower()
    if name.endswith((".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz", ".json")):
        return "json_lines"
    return "workbook" if name.endswith(".xlsx") else "delimited"
