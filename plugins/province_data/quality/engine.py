"""Run Great Expectations on what is staged of a dataset; one process judges a whole dataset load, never one province.

What GX says decides: a rule that raises is `error`, and an error is never a pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from province_data.contract.catalog import read_catalog
from province_data.quality.compile import CompiledRule, compile_rules

STATEMENT_TIMEOUT = "30min"


@dataclass(frozen=True)
class Judgement:
    """What Great Expectations found for one rule on one staging table."""

    table_stem: str
    rule_id: str
    failed: int | None
    """None when the rule raised instead of counting."""
    elements: int


def sqlalchemy_url(dsn: str, search_path: str) -> str:
    """Turn a libpq address into SQLAlchemy's, with a schema to look in first."""
    part = {k: str(v) for k, v in conninfo_to_dict(dsn).items()}
    login = quote(part.get("user", ""), safe="") + (":" + quote(part["password"], safe="") if "password" in part else "")
    options = quote(f"-csearch_path={search_path} -cstatement_timeout={STATEMENT_TIMEOUT} -cjit=off -cwork_mem=128MB", safe="")
    host, port = part.get("host", ""), part.get("port", "5432")
    place = f"{host}:{port}" if not host.startswith("/") else ""
    socket = f"&host={quote(host, safe='')}&port={port}" if host.startswith("/") else ""
    return (
        f"postgresql+psycopg://{login}@{place}/{part.get('dbname', 'postgres')}?options={options}&application_name=province-data-gx{socket}"
    )


def judge_dataset(dsn: str, expectations: Path, dataset: str) -> list[Judgement]:
    """Validate every staged table of a dataset with its suite; meant to run in a process of its own."""
    import great_expectations as gx

    catalog = read_catalog(expectations)
    context = _context(gx)
    source = context.data_sources.add_postgres(f"staging_{dataset}", connection_string=sqlalchemy_url(dsn, "staging"))
    found: list[Judgement] = []
    for table in catalog.contract(dataset).tables:
        compiled = compile_rules(catalog, table)
        if compiled:
            found += _judge_table(context, source, table.stem, compiled)
    return found


def _context(gx: Any) -> Any:
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _judge_table(context: Any, source: Any, stem: str, compiled: Sequence[CompiledRule]) -> Iterator[Judgement]:
    from great_expectations import ValidationDefinition

    from province_data.quality.suite import build_suite

    suite = context.suites.add(build_suite(stem, compiled))
    batch = source.add_table_asset(stem, table_name=stem).add_batch_definition_whole_table("all")
    definition = context.validation_definitions.add(ValidationDefinition(name=stem, data=batch, suite=suite))
    result = definition.run(result_format={"result_format": "BOOLEAN_ONLY"})
    judged = {r.expectation_config.meta["rule_id"]: r for r in result.results}
    for rule in compiled:
        outcome = judged.get(rule.rule.id)
        counted = None if outcome is None or _raised(outcome) else outcome.meta.get("unexpected_count")
        elements = 0 if counted is None or outcome is None else int(outcome.meta.get("element_count") or 0)
        yield Judgement(stem, rule.rule.id, None if counted is None else int(counted), elements)


def _raised(outcome: object) -> bool:
    """GX reports an exception either flat or per metric."""
    told = getattr(outcome, "exception_info", None) or {}
    nested = [v for v in told.values() if isinstance(v, dict)]
    return bool(told.get("raised_exception")) or any(v.get("raised_exception") for v in nested)


def judge_sets(dsn: str, expectations: Path) -> dict[str, int | None]:
    """Count, by Great Expectations, the verdicts of every set rule in `quality.set_verdict`."""
    import great_expectations as gx

    from province_data.quality.scope import set_rules

    catalog = read_catalog(expectations)
    context = _context(gx)
    source = context.data_sources.add_postgres("set_rules", connection_string=sqlalchemy_url(dsn, "quality"))
    compiled = [
        CompiledRule(rule, "record_key", "true", f"rule_id = '{rule.id}'", "null", None)
        for rule in {r.id: r for r, _ in set_rules(catalog)}.values()
    ]
    return {j.rule_id: j.failed for j in _judge_table(context, source, "set_verdict", compiled)}
