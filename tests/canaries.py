"""Citizens who exist nowhere else, and the search for them in every byte that is written outside the tables that may hold records."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

import psycopg

FAMILY = "Ưng Quắc Thoại"
"""Every canary's name begins so; nobody in the lists and the clean deliveries is called that."""
STREET = "Ngõ Hoàng Yến Lạ"
NUMBERS = re.compile(rb"(?<![0-9a-fA-F])[0-9]{9,12}(?![0-9a-fA-F])")
SYLLABLES = ("An", "Bảo", "Cúc", "Dũng", "Em", "Giang", "Hạnh", "Khánh", "Liên", "Mận")
MAY_HOLD = ("staging", "quarantine", "validated", "warehouse", "reference")
RECORDS = (
    "published.person", "published.household", "published.land_parcel", "published.land_right", "published.civil_event",
    "published.taxpayer", "published.land_tax", "published.residence", "published.commune_work_list",
)  # fmt: skip
"""What readers see of records, each province its own; the same tables' past beside them."""
PAST = "_(history|versions|as_of)$"
KEYS = ("quality.finding", "published.my_findings", "quality.set_verdict", "quality.set_scope")
"""Tables that name a record by its key, and by nothing else."""
NOTES = {"quality.answer": "note", "published.my_findings": "answer_note"}
"""A province's own words on its own record: read by that province and the auditor, erased with the record."""
TABLES = """
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition and n.nspname <> all(%s)
    and n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_' order by 1
""".replace("'%I.%I'", "'%%I.%%I'")


def canary(number: int) -> dict[str, str]:
    """Name one citizen and say where to reach him."""
    given = " ".join(SYLLABLES[int(digit)] for digit in f"{number:03d}")
    return {"hoTen": f"{FAMILY} {given}", "soDienThoai": f"0986{number:06d}", "diaChiThuongTru": f"{STREET} số {number}"}


def reseal(folder: Path, **changed: object) -> None:
    """Make a delivery's manifest agree with the bytes of its files again."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | changed
    for file in manifest["files"]:
        content = (folder / file["name"]).read_bytes()
        file |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        file.pop("control_totals", None)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def written_forms(text: str) -> Iterator[bytes]:
    """Give a text in the forms in which programs write it down."""
    for form in {text, text.upper(), text.lower(), unicodedata.normalize("NFD", text)}:
        yield form.encode()
        yield form.encode("utf-16-le")
        yield json.dumps(form)[1:-1].encode()
        yield form.encode().hex().encode()
        yield from (base64.b64encode(form.encode()[skip:])[: -4 - skip] for skip in range(3))


def sightings(content: bytes, numbers: set[str]) -> set[str]:
    """Say which kinds of a canary's values lie in some bytes."""
    found = {kind for kind, text in (("name", FAMILY), ("street", STREET)) if any(form in content for form in written_forms(text))}
    return found | ({"number"} if any(m.decode() in numbers for m in NUMBERS.findall(content)) else set())


def contents_of(dsn: str) -> dict[str, bytes]:
    """Read every table and view that must not hold a citizen, record keys left out."""
    found: dict[str, bytes] = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select set_config('province_data.as_of', max(publication_id)::text, false) from published.publication")
        for (table,) in connection.execute(TABLES, (list(MAY_HOLD),)).fetchall():
            name = str(table)
            present = re.sub(PAST, "", name)
            if present in RECORDS or name.startswith(("quality.touched_", "quality.stated_")):
                continue
            row = "to_jsonb(t)" + " - 'record_key'" * (name in KEYS) + (f" - '{NOTES[name]}'" if name in NOTES else "")
            rows = connection.execute(f"select ({row})::text from {name} t".encode()).fetchall()
            found[name] = "\n".join(str(value) for (value,) in rows).encode()
    return found


def files_of(home: Path, *others: Path, but: Collection[str] = ()) -> dict[str, bytes]:
    """Read every file left behind, but what was received and the provinces' own folders of what they have to mend."""
    bundles = [home / "outbox" / province for province in ("19", "24", "52")]
    allowed = [home / "landing", home / "secret", *bundles, *(home / name for name in but)]
    files = [f for folder in (home, *others) for f in folder.rglob("*") if f.is_file()]
    return {str(f): f.read_bytes() for f in files if not any(f.is_relative_to(folder) for folder in allowed)}
