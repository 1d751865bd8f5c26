"""Two persons can erase what is held of a citizen: afterwards nothing of him is anywhere, the counts hold, and he does not come back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from deliveries import CLEAN, copy_clean, read_persons, write_persons
from installation import NOW, Installation, make_installation
from province_data import steps
from province_data.erase import Wish, approve_erasure, carry_out, look, request_erasure
from province_data.errors import ContractError, PublicationError
from province_data.settings import Settings
from province_data.store import embedded
from province_data.store.logins import grant_login
from province_data.trace import answer_request, landed_deliveries, trace_key

NAME, STREET, PHONE = "Ưng Quắc Thoại Một", "Ngõ Hoàng Yến Lạ", "0986000321"
PASSWORD = "only-for-this-test"
REQUEST = "toa-an-12"
CONSERVED = "select count(*) > 0 and bool_and(delivered = published + quarantined + unreadable + duplicate + superseded) from ops.batch"
GONE = -5
"""A citizen whom the second delivery takes out."""
WAITING = """
select l.status, b.status, (select count(*) from quality.finding where rule_id = 'POP-017' and status = 'open')
from ops.batch b join ops.load l using (load_id) where b.kind = 'changes'
"""
TABLES = """
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and not c.relispartition and n.nspname not in ('information_schema', 'reference')
    and left(n.nspname, 3) <> 'pg_' order by 1
"""
STATISTICS = (
    "select string_agg(concat_ws(' ', most_common_vals::text, histogram_bounds::text), ' ') from pg_stats where schemaname <> 'pg_catalog'"
)


@dataclass(frozen=True)
class Story:
    """An installation that holds one citizen nobody else is like, and two logins of data protection."""

    installation: Installation
    number: str
    asker: str
    approver: str
    source: Path

    @property
    def settings(self) -> Settings:
        return self.installation.settings

    @property
    def requests(self) -> Path:
        return self.settings.home / "requests"

    def wish(self, **other: object) -> Wish:
        return replace(Wish(REQUEST, (), "Bản án 12/2026/DS-ST", "giao nhầm hồ sơ của người khác"), **other)  # type: ignore[arg-type]


def snapshot(root: Path, as_of: str, number: int) -> str:
    """Write a snapshot of Bắc Ninh with him in the place of a citizen who pays taxes and whom no relative names; returns his number."""
    taxed = (CLEAN / "tax" / "2026-10-31" / "24" / "nguoi_nop_thue.csv").read_text(encoding="utf-8")
    records = read_persons("24")
    everybody = json.dumps(records)
    numbers = [str(record["soDinhDanh"]) for record in records]
    place = next(n for n, number in enumerate(numbers) if number in taxed and everybody.count(number) == 1)
    records[place - 1] |= {"capNhatLuc": f"{as_of}T08:00:00+07:00"}
    records[place] |= {"hoTen": NAME, "diaChiThuongTru": STREET, "soDienThoai": PHONE, "soCmnd9": "12345"}
    write_persons(root, "24", as_of, number, "snapshot", records)
    return str(records[place]["soDinhDanh"])


@pytest.fixture(scope="module")
def story(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("erase")
    made, remove = make_installation(database_server, folder / "home", Path(__file__).resolve().parents[2])
    logins = [f"{role}_{secrets.token_hex(6)}" for role in ("asker", "approver")]
    try:
        number = snapshot(copy_clean(folder / "first"), "2026-10-31", 118)
        made.run(folder / "first", provinces=["24"])
        with psycopg.connect(made.dsn, autocommit=True) as owner:
            for login in logins:
                grant_login(owner, login, "data_protection", PASSWORD)
            owner.execute("analyze")
        requests = made.settings.home / "requests"
        requests.mkdir(mode=0o700)
        (requests / f"{REQUEST}.txt").write_text(f"{number}\n", encoding="utf-8")
        yield Story(made, number, *logins, folder)
    finally:
        with psycopg.connect(made.dsn, autocommit=True) as owner:
            for login in logins:
                owner.execute(f"drop role if exists {login}".encode())
        remove()


def sightings(story: Story, *, but: tuple[str, ...] = ()) -> dict[str, set[str]]:
    """Say where anything of him is: in every row of every table and in every byte below the home, packed files opened."""
    from province_data.formats.without import without_records

    found: dict[str, set[str]] = {}
    wanted = {"number": story.number, "name": NAME, "street": STREET, "phone": PHONE}
    with psycopg.connect(story.installation.dsn, autocommit=True) as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            marks = " or ".join(["strpos(t::text, %s) > 0"] * len(wanted))
            if connection.execute(f"select exists (select from {table} t where {marks})".encode(), list(wanted.values())).fetchone() == (
                True,
            ):
                found[str(table)] = {"row"}
        [(statistics,)] = connection.execute(STATISTICS).fetchall()
        found |= {"statistics": kinds} if (kinds := {k for k, v in wanted.items() if v in str(statistics)}) else {}
    for path in story.settings.home.rglob("*"):
        if path.is_file() and path.name not in but:
            content = path.read_bytes()
            kinds = {kind for kind, value in wanted.items() if value.encode() in content}
            if path.is_relative_to(story.settings.home / "landing") or path.suffix == ".xlsx":
                kinds |= {"packed"} if without_records(content, [(story.number,)])[1] else set()
            if kinds:
                found[str(path.relative_to(story.settings.home))] = kinds
    return found


def test_he_is_held_in_many_places_before(story: Story) -> None:
    places = sightings(story)
    assert {"validated.population__person", "validated.tax__taxpayer", "quality.finding", "warehouse.person_link"} <= set(places)
    assert [p for p in places if p.startswith("landing/")]
    assert [p for p in places if p.startswith("outbox/24/population/")]
    assert len(places) >= 10


def test_the_answer_to_a_data_subject_tells_everything_and_can_be_printed(story: Story) -> None:
    (story.requests / "tra-cuu-1.txt").write_text(story.number, encoding="utf-8")
    assert answer_request(story.settings, "tra-cuu-1", NOW) > 4
    told = json.loads((story.requests / "tra-cuu-1.json").read_text(encoding="utf-8"))["found"]
    assert {"validated · population.person", "findings", "deliveries", "published · person", "links", "bundles"} <= set(told)
    assert {row["dataset"] for row in told["deliveries"]} >= {"population", "tax"}
    assert told["published · person"][0]["province_code"] == "24"
    printed = story.requests / "tra-cuu-1.pdf"
    assert printed.read_bytes().startswith(b"%PDF")
    assert printed.stat().st_mode & 0o777 == 0o600


def test_a_look_counts_what_would_go_and_changes_nothing(story: Story) -> None:
    before = sightings(story)
    found = dict(look(story.settings, REQUEST, (), NOW))
    assert found["validated · population.person · 24"] == 1
    assert sum(1 for place in found if place.startswith("landing")) >= 2
    assert found["bundles (files)"] >= 2
    assert {place for place in dict(look(story.settings, REQUEST, ("land",), NOW)) if "population" in place} == set()
    assert sightings(story) == before


def test_nobody_erases_alone(story: Story) -> None:
    with pytest.raises(ContractError, match="not known"):
        carry_out(story.settings, REQUEST, NOW)
    with pytest.raises(ContractError, match="names the key"):
        request_erasure(story.settings, story.wish(reason=f"giao nhầm {story.number}"), story.asker, PASSWORD, NOW)
    with pytest.raises(ContractError, match="does not let"):
        request_erasure(story.settings, story.wish(), story.asker, "another-password", NOW)
    assert request_erasure(story.settings, story.wish(), story.asker, PASSWORD, NOW) > 0
    with pytest.raises(ContractError, match="is asked"):
        carry_out(story.settings, REQUEST, NOW)
    with pytest.raises(ContractError, match="cannot approve"):
        approve_erasure(story.settings, REQUEST, story.asker, PASSWORD, NOW)
    reader = f"reader_{secrets.token_hex(6)}"
    with psycopg.connect(story.installation.dsn, autocommit=True) as owner:
        grant_login(owner, reader, "central_read", PASSWORD)
        try:
            with pytest.raises(PublicationError, match="42501"):
                approve_erasure(story.settings, REQUEST, reader, PASSWORD, NOW)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute("select ops.approve_erasure(%s, '')", (REQUEST,))
        finally:
            owner.execute(f"drop owned by {reader}".encode())
            owner.execute(f"drop role {reader}".encode())


def test_an_approval_is_of_one_key(story: Story) -> None:
    asked = story.requests / f"{REQUEST}.txt"
    asked.write_text("024090000009", encoding="utf-8")
    with pytest.raises(ContractError, match="cannot approve"):
        approve_erasure(story.settings, REQUEST, story.approver, PASSWORD, NOW)
    asked.write_text(story.number, encoding="utf-8")
    approve_erasure(story.settings, REQUEST, story.approver, PASSWORD, NOW)
    asked.write_text("024090000009", encoding="utf-8")
    with pytest.raises(ContractError, match="another key"):
        carry_out(story.settings, REQUEST, NOW)
    asked.write_text(story.number, encoding="utf-8")


def test_a_load_that_was_accepted_waits_to_be_judged(story: Story) -> None:
    """As a run leaves it that is killed between judging single records and judging across them."""
    two = [record | {"soCmnd9": "123456780"} for record in read_persons("24")[-3:-1]]
    gone = {"soDinhDanh": read_persons("24")[GONE]["soDinhDanh"], "_deleted": "1"}
    write_persons(story.source / "second", "24", "2026-11-01", 119, "changes", [*two, gone])
    for due in steps.pull_dataset(story.settings, "population", str(story.source / "second"), NOW.replace(day=2)):
        steps.load_batch(story.settings, due["batch_id"], NOW.replace(day=2))
    assert steps.validate_dataset(story.settings, "population", NOW.replace(day=2)) == {"open": 1}
    assert story.installation.ask(WAITING) == [("running", "validated", 0)]


def test_afterwards_nothing_of_him_is_anywhere(story: Story) -> None:
    [(findings,)] = story.installation.ask("select count(*) from quality.finding")
    went = dict(carry_out(story.settings, REQUEST, NOW.replace(day=3)))
    assert went["landing"] >= 2
    assert went["published rows"] >= 1
    assert sightings(story) == {}
    assert trace_key(story.settings, story.number, NOW) == {}
    assert story.installation.ask("select count(*) from quality.finding where rule_id <> 'POP-017'") == [(findings,)]
    assert story.installation.ask(CONSERVED) == [(True,)]
    assert not list(story.requests.iterdir())
    told = story.installation.ask("select requested_by, approved_by, legal_basis, done_at is not null from ops.erasure")
    assert told == [(story.asker, story.approver, "Bản án 12/2026/DS-ST", True)]


def test_what_an_erasure_publishes_was_judged_before(story: Story) -> None:
    assert story.installation.ask(WAITING) == [("judged", "published", 2)]
    anew = "select count(*) from quality.commune_result where rule_id = 'XDS-023' and province_code = '24' and evaluated > 0"
    assert story.installation.ask(anew) > [(1,)], "what indicators state was not counted again"


def test_the_landed_bytes_tell_every_batch_that_ever_stated_a_citizen(story: Story) -> None:
    gone = str(read_persons("24")[GONE]["soDinhDanh"])
    assert not [heading for heading in trace_key(story.settings, gone, NOW) if "population" in heading]
    ever = landed_deliveries(story.settings, gone, NOW)
    assert [row["sequence_no"] for row in ever if row["dataset"] == "population"] == [118, 119], "also in a file that was written anew"
    assert landed_deliveries(story.settings, story.number, NOW) == []


def test_the_bytes_as_sent_stay_provable_and_what_is_left_can_be_read_again(story: Story) -> None:
    rewritten = story.installation.ask("select sha256_before, sha256_after, records from ops.landed_rewrite")
    landing = story.settings.home / "landing"
    assert rewritten
    for before, after, records in rewritten:
        assert not (landing / str(before)[:2] / str(before)).exists()
        assert (landing / str(after)[:2] / str(after)).is_file()
        assert int(str(records)) >= 1
    assert set(story.installation.ask("select sha256 from ops.batch where dataset = 'population' and kind = 'snapshot'")) <= {
        (before,) for before, *_ in rewritten
    }
    story.installation.run(story.source / "first", NOW.replace(day=4), provinces=["24"])
    assert sightings(story) == {}


def test_he_does_not_come_back_with_the_next_delivery(story: Story) -> None:
    snapshot(story.source / "third", "2026-11-05", 120)
    result = story.installation.run(story.source / "third", NOW.replace(day=6))
    [line] = result.lines
    assert line.status == "published"
    assert line.quarantined >= 1
    assert line.delivered == line.published + line.quarantined + line.unreadable + line.duplicate + line.superseded
    assert story.installation.ask("select table_name, records from ops.erased_again") == [("person", 1)]
    assert sightings(story) == {}
    [(told,)] = story.installation.ask("select plain from ops.mail_letter where province_code = '24' order by load_id desc limit 1")
    assert "1 bản ghi đã xóa theo căn cứ pháp lý lại được gửi và không được nhận" in " ".join(str(told).split())
    assert story.installation.ask(CONSERVED) == [(True,)]
