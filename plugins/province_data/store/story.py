"""Tell what a step did in a few lines an operator understands: counts, verdicts and reasons from the ledger, no values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import psycopg

from province_data.store.builds import ModelLine, last_builds, model_lines
from province_data.store.database import execute

RECORDS_BECAME = ("nhận", "đạt", "trả lại", "không đọc được", "trùng hoặc cũ")
ANSWERS_BECAME = ("nhận", "dùng được", "trả lại", "không đọc được", "không trả lời, trùng hoặc quá muộn")
LONGEST = 7
"""So many single batches are told of; a log of ten lines is read, one of forty is not."""
TABLES_TOLD = 5
"""The build has said something before, and the run's page shows every table."""
VERDICTS = {
    "validated": "được nhận", "published": "đã công bố", "refused": "BỊ TỪ CHỐI", "held": "TẠM GIỮ, chờ người quyết định",
    "error": "CHƯA ĐÁNH GIÁ ĐƯỢC", "superseded": "cũ hơn số đã nhận", "duplicate": "trùng với lô đã nhận", "waiting": "chờ gửi đủ",
    "landed": "đang nạp", "loaded": "đã nạp, chờ kiểm tra",
}  # fmt: skip
PLACES = {
    "validated": "đã kiểm tra", "quarantine": "bị trả lại", "scratch": "vùng tạm", "landing": "vùng lưu gốc", "findings": "phát hiện",
    "links": "liên kết", "bundles": "danh sách trả về tỉnh", "bundles (files)": "danh sách trả về tỉnh (tệp)",
    "published rows": "dòng công bố đổi theo", "former publications": "các lần công bố trước",
}  # fmt: skip
"""Where an erasure removes, as its ledger names the places."""
ANSWERS = "corrections"
NAMED = "coalesce(p.name, x.province_code) from {} x left join reference.province p on p.code = x.province_code"
ARRIVED = f"""
select x.status, x.sequence_no, x.records, coalesce(x.reason_vi, x.reason, ''), x.kind, {NAMED.format("ops.delivery")}
where x.dataset = %s and (x.status = 'due' or (x.received_at = %s and x.status in ('refused', 'waiting')))
order by x.status = 'due', x.province_code, x.sequence_no
"""
BATCHES = f"""
select x.status, x.delivered, x.published, x.quarantined, x.unreadable, x.duplicate + x.superseded, coalesce(x.reason_vi, x.reason, ''),
    x.kind, {NAMED.format("ops.batch")}
where x.dataset = %s and x.decided_at = %s order by x.status in ('validated', 'published'), x.province_code
"""
REFUSING = """
select s.rule_id, sum(s.failed) from quality.rule_result s join quality.rule r using (rule_id)
join ops.batch b using (batch_id)
where b.dataset = %s and b.decided_at = %s and s.failed > 0 and r.severity in ('critical', 'error')
group by 1 order by 2 desc, 1 limit 4
"""
"""The rules that sent most records back in the batches decided at one moment."""
DELIVERY = f"""
select x.status, x.sequence_no, x.records, coalesce(x.reason_vi, x.reason, ''), x.kind, {NAMED.format("ops.delivery")}
where x.batch_id = %s order by x.received_at desc limit 1
"""
PUBLICATION = """
select p.publication_id, t.table_name, t.rows_inserted, t.rows_updated, t.rows_deleted
from ops.publication p join ops.publication_table t using (publication_id)
where p.published_at = %s order by t.table_name
"""


def tell_arrivals(connection: psycopg.Connection, dataset: str, now: datetime, taken: int) -> list[str]:
    """Tell what waits to be worked on, how much of it this run takes, and what was turned away at the door just now."""
    rows = execute(connection, ARRIVED, (dataset, now)).fetchall()
    due = [(_sent(name, number, kind), records) for status, number, records, _, kind, name in rows if status == "due"]
    lines = [f"{name}: {VERDICTS[str(status)]}. {reason}" for status, _, _, reason, _, name in rows if status != "due"]
    total = sum(int(str(records)) for _, records in due)
    named = ", ".join(sent for sent, _ in due[:LONGEST])
    waits = f"{len(due)} lần gửi đến hạn, {_count(total)} bản ghi" + (f": {named}" if due else "; không có gì mới")
    return [*_head(lines), waits, *([f"Lượt này nhận {taken}; các lần gửi khác chờ lượt sau."] if taken < len(due) else [])]


def _sent(name: object, number: object, kind: object) -> str:
    return f"{name} trả lời" if kind == ANSWERS else f"{name} số {number}"


def tell_batch(connection: psycopg.Connection, batch_id: str, delivered: int, unreadable: int) -> list[str]:
    """Tell what loading one batch gave, or why it was not loaded."""
    row = execute(connection, DELIVERY, (batch_id,)).fetchone()
    if row is None:
        return [f"Lô {batch_id} không còn đến hạn: lượt khác đã xử lý."]
    status, number, records, reason, kind, name = row
    sent = f"{name}, {'gói trả lời' if kind == ANSWERS else f'gói số {number}'}, lô {batch_id}"
    if status != "due":
        return [
            f"{sent}: {VERDICTS.get(str(status), 'đã xử lý')}. {reason}",
            "Đây là kết luận về dữ liệu, không phải sự cố; tỉnh được báo bằng thư.",
        ]
    unit = "dòng" if kind == ANSWERS else "bản ghi"
    return [f"{sent}: đã nạp {_count(delivered)}/{_count(records)} {unit}, {_count(unreadable)} không đọc được."]


def tell_verdicts(connection: psycopg.Connection, dataset: str, now: datetime) -> list[str]:
    """Tell what became of the batches judged just now: together, then each that did not pass."""
    rows = execute(connection, BATCHES, (dataset, now)).fetchall()
    answers, stated = ([row for row in rows if (row[7] == ANSWERS) is wanted] for wanted in (True, False))
    summed = [_summed(f"{len(stated)} lô", stated, RECORDS_BECAME, "bản ghi")] if stated or not answers else []
    summed += [_summed(f"{len(answers)} gói trả lời", answers, ANSWERS_BECAME, "dòng")] if answers else []
    closed = [f"{row[8]}: {VERDICTS[str(row[0])]}. {row[6]}" for row in rows if row[0] not in ("validated", "published")]
    worst = ", ".join(f"{rule} {_count(failed)}" for rule, failed in execute(connection, REFUSING, (dataset, now)).fetchall())
    told = [f"Vi phạm nhiều nhất trong các quy tắc trả lại bản ghi: {worst}."] if worst else []
    end = ["Lô không qua là kết luận về dữ liệu, không phải sự cố: số liệu cũ đứng nguyên, tỉnh được báo bằng thư."] if closed else []
    return [*summed, *told, *_head(closed, LONGEST - len(summed)), *end]


def _summed(what: str, rows: Sequence[tuple[object, ...]], became: Sequence[str], unit: str) -> str:
    counts = [sum(int(str(row[place])) for row in rows) for place in range(1, 6)]
    return f"{what}: {', '.join(f'{_count(n)} {word}' for n, word in zip(counts, became, strict=True))} ({unit})."


def tell_publication(connection: psycopg.Connection, now: datetime) -> list[str]:
    """Tell what a publication changed, table by table."""
    rows = execute(connection, PUBLICATION, (now,)).fetchall()
    if not rows:
        return ["Không có gì mới để công bố; người đọc thấy số liệu như trước."]
    lines = [f"{table}: {_count(new)} mới, {_count(changed)} đổi, {_count(gone)} gỡ" for _, table, new, changed, gone in rows]
    return [f"Công bố số {rows[0][0]}, mọi bảng trong một giao dịch:", *_head(lines, TABLES_TOLD)]


def tell_build(connection: psycopg.Connection, caller: str) -> list[str]:
    """Tell what this run built, model by model: what failed, else the slowest; all of them stand on the run's page."""
    builds = [one for one in last_builds(connection, 1) if one.caller == caller]
    if not builds:
        return ["Không có gì để dựng lại."]
    lines = model_lines(connection, builds[0].build_id)
    failed = [_broken(one) for one in lines if one.status == "failed"]
    slowest = sorted((one for one in lines if one.seconds), key=lambda one: -(one.seconds or 0))[:3]
    tests = sum(one.tests for one in lines)
    told = ", ".join(f"{one.model} {_seconds(one.seconds)}" + (f" ({_count(one.rows)} dòng)" if one.rows else "") for one in slowest)
    summed = f"Dựng {sum(one.kind != 'test' for one in lines)} bảng, {tests} kiểm tra trong {_seconds(builds[0].seconds)}"
    return [f"{summed}; lâu nhất: {told}.", *_head(failed)]


def tell_places(places: Sequence[tuple[str, int]]) -> list[str]:
    """Name the places where an erasure removed something, or would."""
    parts = [(place.partition(" · "), count) for place, count in places]
    return [f"{PLACES.get(kind, kind)}{dot}{rest}: {_count(count)}" for (kind, dot, rest), count in parts]


def _broken(one: ModelLine) -> str:
    if one.failed_test:
        return f"HỎNG: {one.model}, kiểm tra {one.failed_test} có {_count(one.failures or 0)} dòng vi phạm."
    return f"HỎNG: {one.layer}/{one.model}: {one.message}"


def _seconds(seconds: float | None) -> str:
    return f"{seconds or 0:.1f} giây".replace(".", ",")


def _head(lines: Sequence[str], most: int = LONGEST) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield f"và {len(lines) - most} dòng khác: province-data status"


def _count(number: object) -> str:
    return f"{int(str(number)):,}".replace(",", ".")
