"""Write `docs/standard.md`: every rule of the standard with its sentence, its measure and what to do about a finding.

The page is generated from the declarations (`province-data contract page`); a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from province_data.contract.catalog import Catalog
from province_data.contract.model import DeliveryCheck, Dimension, KeyCheck, NotChecked, RowCheck, Rule, SetCheck, Severity, Table
from province_data.contract.state import RuleState
from province_data.quality.compile import DUPLICATE_KEYS, compile_rules
from province_data.quality.set_rules import Bundle, judge_query, uniqueness

FAMILIES = {
    "ADM": ("Đơn vị hành chính", "Administrative units"),
    "TXT": ("Chữ viết và giá trị lấp chỗ", "Text and fillers"),
    "DLV": ("Bản giao", "Deliveries"),
    "POP": ("Dân cư", "Population"),
    "CIV": ("Hộ tịch", "Civil status"),
    "LAN": ("Đất đai", "Land"),
    "TAX": ("Thuế", "Tax"),
    "XDS": ("Đối chiếu giữa các cơ sở dữ liệu", "Across registries"),
    "SHR": ("Dùng chung", "Sharing"),
}
CONSEQUENCE = {
    Severity.CRITICAL: "bản ghi bị trả lại; vượt ngưỡng thì cả lô bị trả · refuses the record, above the gate's share the batch",
    Severity.ERROR: "bản ghi bị trả lại · refuses the record",
    Severity.WARNING: "bản ghi được công bố kèm cờ · published with a flag",
    Severity.INFO: "chỉ để thống kê · a figure only",
}
HEAD = """# Bộ tiêu chuẩn · The standard

<!-- Written by `province-data contract page`; do not edit. -->

Phiên bản · Edition {version}: {counted}.

| Tiếng Việt | English | Nghĩa · Meaning | Số quy tắc · Rules |
|---|---|---|---:|
{words}

Điểm của một quy tắc = số đạt / số được kiểm tra × 100, chỉ tính những bản ghi mà quy tắc áp dụng. Bản ghi không áp dụng, quy tắc chưa
kiểm tra được, phát hiện được miễn hoặc nằm trên bản ghi có tình trạng hợp pháp (thế chấp, vắng chủ, tranh chấp, mất giấy, chờ thừa kế)
đứng cạnh điểm, không nằm trong điểm. Số định danh phải đúng ở mọi bản ghi: một lỗi là sự cố nghiêm trọng, dù được miễn hay không. Xanh
từ {green}, vàng từ {yellow}, dưới đó là đỏ.

*Score of a rule = passed / tested, in percent, where “tested” counts the records the rule applies to; records it does not apply to,
rules that cannot be tested, and findings that are waived or lie on a record in a lawful state (mortgaged, owner absent, in dispute,
paper lost, no heir yet) stand beside the score, never in it. Identifiers have to be right in every record: an error there is a critical
incident, waived or not. Green from {green}, yellow from {yellow}, red below.*

Tử số: bản ghi vi phạm; mẫu số: bản ghi mà quy tắc áp dụng. Quy tắc ghi **trên lô** được kiểm tra trên văn bản của một lần giao đang nạp
(`province-data check-file` làm như vậy với một tệp); quy tắc ghi **đang nêu** trên điều mọi tỉnh đang nêu, nên câu truy vấn chạy được
bất cứ lúc nào. Bản ghi đang vi phạm một quy tắc: câu dưới đây.

*Numerator: records that break the rule; denominator: records it applies to. A rule marked “batch” is judged on the texts of one
delivery while it is staged (`province-data check-file` does the same to a file); a rule marked “stated” on what all provinces state at
present, so that its query can be run at any time. The records that break a rule at present:*

```sql
select dataset, table_name, province_code, record_key, field, first_seen_at, last_seen_at
from quality.finding where rule_id = 'POP-027' and status = 'open';
```"""

WIDTH = 120
"""Characters of a line of SQL."""
WORD = re.compile(r"(?:'[^']*'|[^' ])+")
"""A word of SQL; what stands in quotes is a part of one."""
ON_ARRIVAL = "kiểm tra khi nhận và nạp · judged when the delivery lands and loads; see `docs/provinces.md`"
COMPARED = "so với lần giao trước hoặc bộ dữ liệu mới nhất · compared with the delivery before or the newest dataset of the province"


def standard_page(catalog: Catalog) -> str:
    """Render the whole page as Markdown."""
    lines = [*_head(catalog), *_index(catalog)]
    for family, (vi, en) in FAMILIES.items():
        lines += ["", f"## {family} · {vi} · {en}"]
        for rule in sorted(_all_rules(catalog), key=lambda r: r.id):
            if rule.id.startswith(family):
                lines += _rule(catalog, rule) if isinstance(rule, Rule) else _untested(catalog, rule)
    return "\n".join(lines) + "\n"


def _head(catalog: Catalog) -> Iterator[str]:
    standard, declared, listed = catalog.standard, len(catalog.rules), len(catalog.not_checked)
    counted = (
        f"{declared + listed} quy tắc, {declared} được kiểm tra, {listed} chưa kiểm tra được với dữ liệu được giao (lý do ở dưới)"
        f" · {declared + listed} rules, {declared} judged, {listed} not testable with what is delivered (each with its reason below)"
    )
    words = [f"| **{d.name.vi}** | {d.name.en} | {d.meaning.vi} · {d.meaning.en} | {_rules_of(catalog, d)} |" for d in standard.dimensions]
    yield HEAD.format(
        version=standard.version,
        counted=counted,
        words="\n".join(words),
        green=f"{standard.green_from:g}",
        yellow=f"{standard.yellow_from:g}",
    )


def _all_rules(catalog: Catalog) -> list[Rule | NotChecked]:
    return [*catalog.rules.values(), *catalog.not_checked.values()]


def _rules_of(catalog: Catalog, dimension: Dimension) -> int:
    return sum(rule.dimension == dimension.code for rule in _all_rules(catalog))


def _index(catalog: Catalog) -> Iterator[str]:
    yield ""
    yield "| | Nhóm · Group | Được kiểm tra · Judged | Chưa kiểm tra được · Not testable |"
    yield "|---|---|---:|---:|"
    for family, (vi, en) in FAMILIES.items():
        counts = [sum(rule_id.startswith(family) for rule_id in rules) for rules in (catalog.rules, catalog.not_checked)]
        yield f"| {family} | {vi} · {en} | {counts[0]} | {counts[1]} |"


def _rule(catalog: Catalog, rule: Rule) -> Iterator[str]:
    yield from _title(catalog, rule)
    if rule.state is RuleState.SHADOW:
        yield f"- **Chạy thử · On trial:** counts in no score and refuses nothing; will be `{rule.declared}`"
    yield f"- **Việc cần làm · What to do:** {rule.advice.vi} · {rule.advice.en}"
    yield from _measures(catalog, rule)


def _title(catalog: Catalog, rule: Rule | NotChecked) -> Iterator[str]:
    word = next(d.name for d in catalog.standard.dimensions if d.code == rule.dimension)
    yield from ("", f"### {rule.id}", "", f"{rule.sentence.vi}  ", f"*{rule.sentence.en}*", "")
    yield f"- **{word.vi} · {word.en}**, `{rule.severity}`: {CONSEQUENCE[rule.severity]}"
    yield f"- **Ngưỡng · Threshold:** {_said(catalog, rule.threshold)}. **Căn cứ · Basis:** {_said(catalog, rule.basis)}"


def _said(catalog: Catalog, declared: str) -> str:
    said = catalog.said(declared)
    return declared if said.vi == said.en else f"{said.vi} · {said.en}"


def _untested(catalog: Catalog, rule: NotChecked) -> Iterator[str]:
    yield from _title(catalog, rule)
    yield f"- **Không kiểm tra được · Not testable:** {_said(catalog, rule.reason)}"


def _measures(catalog: Catalog, rule: Rule) -> Iterator[str]:
    judged = [check for check in rule.checks if isinstance(check, RowCheck | SetCheck | KeyCheck)]
    for table in dict.fromkeys(check.table for check in judged):
        checks = [check for check in judged if check.table == table]
        yield from _on_batches(catalog, rule, table, [check.field for check in checks])
        for check in checks:
            if not isinstance(check, RowCheck):
                query = judge_query(Bundle(((rule.id, uniqueness(check) if isinstance(check, KeyCheck) else check),)), incremental=False)
                yield from _measure("đang nêu · stated", table, [check.field], f"{query};")
    if len(judged) < len(rule.checks):
        compared = any(isinstance(check, DeliveryCheck) and (check.field or check.days is not None) for check in rule.checks)
        yield f"- **bản giao · delivery**: {COMPARED if compared else ON_ARRIVAL}"


def _on_batches(catalog: Catalog, rule: Rule, table: Table, columns: Sequence[str]) -> Iterator[str]:
    for one in (c for c in compile_rules(catalog, table) if c.rule.id == rule.id):
        tested = f"select count(*) from staging.{table.stem} t where {one.applies};"
        failing = f"select t._batch_id, t._row_number from staging.{table.stem} t where {one.bad};"
        yield from _measure("trên lô · batch", table, columns, f"-- denominator\n{tested}\n-- numerator\n{failing}")


def _measure(kind: str, table: Table, columns: Sequence[str], query: str) -> Iterator[str]:
    named = ", ".join(f"{column.title.vi} (`{column.sent_as}`)" for name in dict.fromkeys(columns) if (column := table.column(name)))
    where = f"{table.title.vi} (`{table.dataset}.{table.name}`)" + (f": {named}" if named else "")
    note = f"; `{DUPLICATE_KEYS}` holds the keys that stand twice in the batch" if DUPLICATE_KEYS in query else ""
    yield from (f"- **{kind}** {where}{note}", "", "  ```sql")
    yield from (f"  {part}" for line in query.splitlines() if line for part in _folded(line))
    yield "  ```"


def _folded(line: str) -> Iterator[str]:
    """Break a long line of SQL at blanks outside quotes, rather before AND and OR, so that nobody has to scroll sideways."""
    folded = ""
    for word in WORD.findall(line):
        room = WIDTH - 40 if word in ("and", "or") else WIDTH
        if folded and len(folded) + len(word) >= room:
            yield folded
            folded = f"    {word}"
        else:
            folded = f"{folded} {word}" if folded else word
    yield folded
