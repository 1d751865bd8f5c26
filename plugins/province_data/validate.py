"""Judge what is staged of a dataset, gate every batch, and let the accepted ones become what their province states.

Great Expectations judges the whole load once; the set-based pass names the failing records. Both count the same rules,
and a load in which they disagree goes no further.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime

import psycopg

from province_data.batch import Kind, LoadedBatch
from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import Contract
from province_data.corrections.mend import accept_answers, count_with_their_record
from province_data.errors import PublicationError
from province_data.gate import GateVerdict, TableSize, decide_gate, out_of_band
from province_data.quality.aged import judge_aged
from province_data.quality.apart import count_apart, let_through, mark_apart
from province_data.quality.communes import keep_tested, note_before, write_commune_scores
from province_data.quality.compared import Compared, compare_delivery
from province_data.quality.compile import CompiledRule, compile_rules
from province_data.quality.engine import Judgement
from province_data.quality.findings import record_batch_findings, record_delivery_finding, resolve_delivery_findings
from province_data.quality.scope import set_rule_ids
from province_data.quality.scores import write_results, write_scores
from province_data.quality.signals import profile_batch
from province_data.quality.verdicts import RuleCount, count_rules, find_duplicate_keys, write_verdicts
from province_data.store import staging
from province_data.store.database import execute, one_value
from province_data.store.decisions import is_confirmed
from province_data.store.erased_again import erased_in
from province_data.store.ledger import draw_stamp
from province_data.store.ledger_deliveries import Current, current, table_sizes
from province_data.store.state import AcceptedBatch, accept_table


def validate_dataset(
    connection: psycopg.Connection,
    catalog: Catalog,
    contract: Contract,
    batches: Sequence[LoadedBatch],
    load_id: int,
    now: datetime,
    judge: Callable[[], Future[list[Judgement]]],
) -> dict[str, GateVerdict]:
    """Judge and accept the staged batches of one dataset; returns the gate's verdict per batch.

    `judge` starts Great Expectations in its own process. Each batch is accepted or refused in one transaction; a
    crash leaves it due, and the next run begins it anew.
    """
    for table in contract.tables:
        find_duplicate_keys(connection, table)
    judging = judge()
    counts: list[RuleCount] = []
    rules = {table.stem: compile_rules(catalog, table) for table in contract.tables}
    for table in contract.tables:
        write_verdicts(connection, table, rules[table.stem], let_through(connection, table, now))
        counts += count_rules(connection, table, rules[table.stem])
    errors = _compare(contract, counts, judging.result())
    verdicts = {}
    for batch in batches:
        mine = [c for c in counts if c.batch_id == batch.batch_id]
        verdicts[batch.batch_id] = _settle(connection, catalog, contract, batch, mine, errors, rules, load_id, now)
    return verdicts


def _compare(contract: Contract, counts: Sequence[RuleCount], judged: Sequence[Judgement]) -> frozenset[str]:
    """Return the rules Great Expectations could not judge; PublicationError when it counted otherwise than we did."""
    by_rule = {(j.table_stem, j.rule_id): j for j in judged}
    errors = set()
    for table in contract.tables:
        ours: dict[str, int] = {}
        for count in counts:
            if count.table_name == table.name:
                ours[count.rule_id] = ours.get(count.rule_id, 0) + count.failed
        for rule_id, failed in ours.items():
            theirs = by_rule.get((table.stem, rule_id))
            if theirs is None or theirs.failed is None:
                errors.add(rule_id)
            elif theirs.failed != failed:
                raise PublicationError(
                    f"Great Expectations counts {theirs.failed} records against {rule_id}, the verdict pass {failed}",
                    where=f"staging.{table.stem}",
                    expected="equal counts",
                    next_step="report this; nothing was published",
                )
    return frozenset(errors)


def _settle(
    connection: psycopg.Connection,
    catalog: Catalog,
    contract: Contract,
    batch: LoadedBatch,
    counts: Sequence[RuleCount],
    errors: frozenset[str],
    rules: Mapping[str, Sequence[CompiledRule]],
    load_id: int,
    now: datetime,
) -> GateVerdict:
    before = current(connection, contract.dataset, batch.province_code)
    sizes = [TableSize(*size) for size in table_sizes(connection, contract.dataset, batch.province_code, batch.batch_id)]
    confirmed = is_confirmed(connection, batch.batch_id, before.batch_id if before else None)
    delivered, unreadable = batch.delivered, batch.unreadable
    gate = decide_gate(contract, batch.kind, counts, sorted(errors), delivered, unreadable, sizes, is_confirmed=confirmed)
    with connection.transaction():
        execute(connection, "create temp table set_rule (rule_id text) on commit drop")
        execute(connection, "insert into pg_temp.set_rule select unnest(%s::text[])", (list(set_rule_ids(catalog)),))
        write_results(connection, contract.dataset, batch.province_code, load_id, counts, errors)
        if gate.status == "open":
            note_before(connection, contract, batch, rules)
            _accept(connection, contract, batch, load_id, now)
            keep_tested(connection, contract, batch, rules, set_rule_ids(catalog))
            _hold_against_earlier(connection, catalog, contract, batch, before, load_id, now)
            if batch.kind == Kind.SNAPSHOT and not confirmed:
                _note_size(connection, contract, batch, sizes, load_id, now)
        else:
            _refuse(connection, contract, batch, gate, load_id, now)
        record_batch_findings(connection, contract, batch.batch_id, batch.province_code, batch.kind == Kind.SNAPSHOT, load_id, now)
        if gate.status == "open" and batch.kind == Kind.CHANGES and before and before.as_of.isoformat() < batch.as_of:
            judge_aged(connection, contract, rules, batch, load_id, now)
        _score(connection, catalog, contract, batch, rules, now, is_accepted=gate.status == "open")
    staging.drop_batch(connection, contract.tables, batch.batch_id)
    return gate


def _hold_against_earlier(
    connection: psycopg.Connection,
    catalog: Catalog,
    contract: Contract,
    batch: LoadedBatch,
    before: Current | None,
    load_id: int,
    now: datetime,
) -> None:
    """Close what was said of earlier deliveries, and hold the accepted one against the one before; answers are no delivery."""
    if batch.kind != Kind.CORRECTIONS:
        resolve_delivery_findings(connection, contract.dataset, batch.province_code, load_id, now)
        compare_delivery(connection, catalog, contract, Compared(batch, before.batch_id if before else None), load_id, now)


def _note_size(
    connection: psycopg.Connection, contract: Contract, batch: LoadedBatch, sizes: Sequence[TableSize], load_id: int, now: datetime
) -> None:
    """Say of an accepted snapshot which of its tables lie outside the agreed band around the one before."""
    for size in out_of_band(sizes):
        place = (size.table, "", None)
        record_delivery_finding(
            connection, contract.dataset, batch.province_code, batch.as_of, "DLV-008", place, batch.batch_id, load_id, now
        )


def _score(
    connection: psycopg.Connection,
    catalog: Catalog,
    contract: Contract,
    batch: LoadedBatch,
    rules: Mapping[str, Sequence[CompiledRule]],
    now: datetime,
    *,
    is_accepted: bool,
) -> None:
    mark_apart(connection, catalog, now, contract.dataset, batch.province_code)
    if batch.kind != Kind.CORRECTIONS:
        count_apart(connection, [batch.batch_id], [])
        write_scores(connection, [batch.batch_id], catalog.rule_set)
        profile_batch(connection, contract.tables, batch.batch_id)
        write_commune_scores(connection, contract, batch, rules, set_rule_ids(catalog), is_accepted=is_accepted)


def _accept(connection: psycopg.Connection, contract: Contract, batch: LoadedBatch, load_id: int, now: datetime) -> None:
    facts = AcceptedBatch(batch.batch_id, batch.province_code, batch.kind, draw_stamp(connection))
    first = [accept_table(connection, table, facts) for table in contract.tables]
    if batch.kind == Kind.CORRECTIONS:
        count_with_their_record(connection, batch.batch_id)
        accept_answers(connection, batch.batch_id, now)
    else:
        _note_coverage(connection, contract, batch, load_id, any(first))
    _count(connection, contract, batch, load_id, now)


def _note_coverage(connection: psycopg.Connection, contract: Contract, batch: LoadedBatch, load_id: int, is_first: bool) -> None:
    execute(
        connection,
        "insert into quality.coverage as c values (%s, %s, %s, %s) on conflict (dataset, province_code) do update set as_of ="
        " excluded.as_of,"
        " since_load_id = case when %s then excluded.since_load_id else c.since_load_id end",
        (contract.dataset, batch.province_code, load_id, batch.as_of, is_first),
    )


def _count(connection: psycopg.Connection, contract: Contract, batch: LoadedBatch, load_id: int, now: datetime) -> None:
    aside = {
        str(d): int(str(n))
        for d, n in execute(
            connection, "select disposition, count(*) from staging.set_aside where batch_id = %s group by 1", (batch.batch_id,)
        ).fetchall()
    }
    held = _held_unchanged(connection, contract, batch)
    kept_out = erased_in(connection, batch.batch_id)
    refused, duplicate, superseded = aside.get("refused", 0) + held + kept_out, aside.get("duplicate", 0), aside.get("superseded", 0)
    published = batch.delivered - batch.unreadable - refused - duplicate - superseded
    execute(
        connection,
        "update ops.batch set status = 'validated', delivered = %s, published = %s, quarantined = %s, unreadable = %s, duplicate ="
        " %s, superseded = %s, decided_at = %s where batch_id = %s",
        (batch.delivered, published, refused, batch.unreadable, duplicate, superseded, now, batch.batch_id),
    )
    execute(
        connection,
        "update ops.delivery set status = 'admitted', load_id = %s, batch_id = %s where delivery_id = %s",
        (load_id, batch.batch_id, batch.delivery_id),
    )


def _held_unchanged(connection: psycopg.Connection, contract: Contract, batch: LoadedBatch) -> int:
    """Count records that this snapshot states as before and that are held since then."""
    if batch.kind != Kind.SNAPSHOT:
        return 0
    held = 0
    for table in contract.tables:
        statement = (
            f"select count(*) from validated.{table.stem} where province_code = {literal(batch.province_code)} and _held_by is not null"
        )
        held += int(str(one_value(connection, statement)))
    return held


def _refuse(connection: psycopg.Connection, contract: Contract, batch: LoadedBatch, gate: GateVerdict, load_id: int, now: datetime) -> None:
    """Keep the batch out as a whole: the province's last published state stands."""
    execute(
        connection,
        "update ops.batch set status = %s, delivered = %s, quarantined = %s, unreadable = %s, published = 0, duplicate = 0,"
        " superseded = 0, reason = %s, reason_vi = %s, decided_at = %s where batch_id = %s",
        (
            gate.status,
            batch.delivered,
            batch.delivered - batch.unreadable,
            batch.unreadable,
            gate.reason,
            gate.reason_vi,
            now,
            batch.batch_id,
        ),
    )
    execute(
        connection,
        "update ops.delivery set status = 'refused', load_id = %s, reason = %s, reason_vi = %s, batch_id = %s where delivery_id = %s",
        (load_id, gate.reason, gate.reason_vi, batch.batch_id, batch.delivery_id),
    )
    if gate.rule_id:
        record_delivery_finding(
            connection, contract.dataset, batch.province_code, batch.as_of, gate.rule_id, ("", "", None), batch.batch_id, load_id, now
        )
