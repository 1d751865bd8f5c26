"""Three hundred citizens who exist nowhere else, put where the pipeline must not let anything of them out."""

from __future__ import annotations

from pathlib import Path

from canaries import FAMILY, canary, reseal
from deliveries import Record, read_persons, write_persons


def seed(root: Path) -> set[str]:
    """Spoil the clean deliveries below `root` with canaries in every way a file can be wrong; returns all their numbers."""
    flock = [{**record, **canary(n)} for n, record in enumerate(read_persons("24"))]
    for n, record in enumerate(flock):
        if n % 5 == 0:
            record["gioiTinh"] = record["hoTen"]
        elif n % 7 == 0:
            record["ngaySinh"] = f"{record['hoTen']} 31/02/1999"
        elif n % 40 == 1:
            record["soDinhDanhCha"] = f"{record.get('soDinhDanhCha') or record['soDinhDanh']}x"
    write_persons(root, "24", "2026-10-31", 118, "snapshot", [*flock, {**flock[0], "hoTen": f"{FAMILY} Khác"}])
    write_persons(root, "19", "2026-10-31", 118, "snapshot", [{**r, "soDinhDanh": r["hoTen"]} for r in flock])
    write_persons(root, "52", "2026-10-31", 118, "snapshot", flock)
    reseal(root / "population" / "2026-10-31" / "52", as_of=flock[1]["hoTen"])
    _spoil_text(root / "civil_status" / "2026-10-31" / "24", "ho_tich.ndjson", flock)
    _spoil_text(root / "land" / "2026-10-31" / "24", "thua_dat.csv", flock)
    _spoil_text(root / "tax" / "2026-10-31" / "24", "nguoi_nop_thue.csv", flock)
    headless = root / "tax" / "2026-10-31" / "52" / "nguoi_nop_thue.csv"
    names = "".join(f"{r['hoTen']},{r['soDinhDanh']},{r['soDienThoai']}\n" for r in flock)
    headless.write_text(names + headless.read_text(encoding="utf-8"), encoding="utf-8")
    reseal(headless.parent)
    return {str(r[field]) for r in flock for field in ("soDinhDanh", "soCmnd9", "soDienThoai") if r.get(field)}


def _spoil_text(folder: Path, name: str, flock: list[Record]) -> None:
    """Put a name into the middle of some lines, and cut some others in their middle."""
    lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
    for n in range(1, min(len(lines), 60)):
        middle = len(lines[n]) // 2
        if n % 20 == 3:
            lines[n] = f"{lines[n][:middle]}{flock[n]['hoTen']} {flock[n]['soDinhDanh']}\n"
        elif n % 9 == 4:
            lines[n] = f"{lines[n].rstrip()[:-1]}{flock[n]['hoTen']}{lines[n].rstrip()[-1]}\n"
    (folder / name).write_text("".join(lines), encoding="utf-8")
    reseal(folder)
