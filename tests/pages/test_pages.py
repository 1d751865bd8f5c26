"""The pages show what the ledger says, to those who are logged in, in both languages, and nobody's personal values."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from html import unescape
from html.parser import HTMLParser

import psycopg
import pytest
from fastapi.testclient import TestClient
from visiting import PROJECT, Site

from province_data.contract.catalog import read_catalog
from province_data.errors import PublicationError
from province_data.pages import findings, inbox
from province_data.pages.session import reading
from province_data.pages.wording import TEXT


class Rows(HTMLParser):
    """Read the rows of all tables of a page: the texts of their cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())


def rows_of(page: str) -> list[list[str]]:
    return Rows(page.partition("<main")[2]).rows


def written(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def test_the_map_shows_the_scores_of_the_ledger(site: Site) -> None:
    found = {row[0]: row[1:] for row in rows_of(site.page("/"))}
    assert len(found) == 34 + 1
    for province, dataset, score in site.ask(
        "select p.name, s.dataset, avg(s.score) from quality.score s join reference.province p on p.code = s.province_code group by 1, 2"
    ):
        place = ["civil_status", "land", "population", "tax"].index(str(dataset))
        cut = Decimal(str(score)).quantize(Decimal("0.1"), ROUND_DOWN)
        assert found[str(province)][place] == f"● {cut}".replace(".", ","), (province, dataset)
    assert set(found["Hà Nội"]) == {"chưa nhận"}


def test_the_ledger_is_searched_by_dataset_and_province_at_once(site: Site) -> None:
    """Each pair is an index search, not a look through all of a dataset: codes of the lists are of another collation than the ledger's."""
    with psycopg.connect(site.dsn) as connection:
        connection.execute("set enable_seqscan = off")
        connection.execute("set enable_hashjoin = off")
        connection.execute("set enable_mergejoin = off")
        given = {"datasets": ["land", "tax"], "province": "", "rule": ""}
        plan = "\n".join(str(line) for (line,) in connection.execute(f"explain {findings.TALLIES}".encode(), given))
    assert len(re.findall(r"Index Cond: \(.*dataset.* AND .*province_code", plan)) == 2, plan
    assert not re.search(r"Filter: .*province_code", plan), plan


def test_a_day_before_the_first_load_knows_nothing(site: Site) -> None:
    assert {cell for row in rows_of(site.page("/?day=2026-10-01"))[1:] for cell in row[1:]} == {"chưa nhận"}


def test_a_province_shows_its_scores_findings_and_communes(site: Site) -> None:
    page = site.page("/provinces/24")
    for new, persisting in site.ask(
        "select count(*) filter (where first_load_id = last_load_id), count(*) filter (where first_load_id < last_load_id)"
        " from quality.finding where province_code = '24' group by dataset"
    ):
        assert f"<strong>{new}</strong> mới, <strong>{persisting}</strong> còn tồn" in page
    [[known]] = site.ask("select sum(findings) from quality.commune_tally where province_code = '24' and dataset = 'land'")
    assert [(known,)] == site.ask("select count(*) from quality.finding where province_code = '24' and dataset = 'land'")


def test_markup_in_an_address_of_a_delivery_is_text(site: Site) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=y>"
    [(batch, before, reason)] = site.ask("select batch_id, source_uri, reason from ops.batch order by 1 limit 1")
    site.ask("update ops.batch set source_uri = %s, reason = %s where batch_id = %s returning 1", f"{before}/{evil}", evil, batch)
    try:
        page = site.page(f"/batches/{batch}")
    finally:
        site.ask("update ops.batch set source_uri = %s, reason = %s where batch_id = %s returning 1", before, reason, batch)
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<script>alert|<img src=x", page)


def test_every_record_of_a_batch_is_on_its_page(site: Site) -> None:
    for batch, *counts in site.ask("select batch_id, delivered, published, quarantined, unreadable, duplicate, superseded from ops.batch"):
        shown = [row[1] for row in rows_of(site.page(f"/batches/{batch}"))[2:8]]
        assert shown == [written(int(str(count))) for count in counts]
        assert "Cộng lại đúng bằng số nhận" in site.page(f"/batches/{batch}")


def test_a_rule_names_everybody_who_breaks_it(site: Site) -> None:
    shown = [(row[0], row[3], row[4]) for row in rows_of(site.page("/rules/LAN-010"))[1:]]
    told = site.ask(
        "select p.name, sum(x.failed), sum(x.evaluated) from quality.rule_result x join reference.province p on p.code = x.province_code"
        " where rule_id = 'LAN-010' group by p.code, p.name order by sum(x.failed) desc, p.code"
    )
    assert shown == [(name, written(int(str(failed))), written(int(str(tested)))) for name, failed, tested in told]


def test_the_inbox_shows_every_open_finding_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (findings, inbox):
        monkeypatch.setattr(module, "ROWS_SHOWN", 7)
    groups = follow(site, "/inbox")
    told = site.ask(
        "select f.rule_id, p.name, count(*)::text from quality.finding f join reference.province p on p.code = f.province_code"
        " where f.status = 'open' group by f.rule_id, p.name, f.dataset"
    )
    assert sorted((row[0], row[1], row[3]) for row in groups) == sorted(told)  # type: ignore[type-var]
    [[province, dataset, rule, count]] = site.ask(
        "select province_code, dataset, rule_id, count(*) from quality.finding group by 1, 2, 3 order by 4 desc, 1, 2, 3 limit 1"
    )
    monkeypatch.setattr(findings, "ROWS_SHOWN", 2)
    monkeypatch.setattr(inbox, "ROWS_SHOWN", 2)
    single = [row[0] for row in follow(site, f"/inbox/{province}/{dataset}/{rule}")]
    assert len(single) == len(set(single)) == count


def follow(site: Site, address: str) -> list[list[str]]:
    """Read a list from its first page to its last."""
    rows: list[list[str]] = []
    while address:
        page = site.page(address)
        rows += rows_of(page)[1:]
        further = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(further[1]) if further else ""
    return rows


def test_the_page_of_a_run_shows_its_load_and_says_when_there_is_none(site: Site) -> None:
    shown = rows_of(site.page("/runs/ingest_land/a"))
    assert len([row for row in shown if row[2:3] == ["đã công bố"]]) == 12
    assert "chưa có lượt nạp nào" in site.page("/runs/ingest_land/b")


def test_what_does_not_exist_is_not_found(site: Site) -> None:
    for address in (
        "/provinces/99",
        "/datasets/none",
        "/rules/XXX-999",
        "/batches/0123",
        "/inbox?province=99",
        "/?day=never",
        "/inbox?after=x",
    ):
        page = site.page(address, status=404)
        assert "Không tìm thấy" in page
        assert "Traceback" not in page


def test_every_kind_of_page_can_be_read_in_both_languages(site: Site) -> None:
    kinds = {(address.split("/")[1], address.count("/")): address for address in site.addresses()}
    for address in kinds.values():
        vietnamese, english = site.page(address), site.page(address, "en")
        assert '<html lang="vi">' in vietnamese
        assert '<html lang="en">' in english
        assert TEXT["map"][0] in vietnamese
        assert TEXT["map"][1] in english
        assert "None" not in "".join(cell for row in rows_of(vietnamese) for cell in row), address


def test_what_a_rule_rests_on_is_said_in_the_readers_language(site: Site) -> None:
    for language, told in (
        ("vi", ("Đã xem thông điệp trao đổi", "ngày ghi bằng chữ không được gửi")),
        ("en", ("exchange message inspected", "the date in words is not delivered")),
    ):
        assert [text for text in told if text not in site.page("/rules/CIV-022", language)] == []


def test_no_page_holds_a_personal_value(site: Site) -> None:
    secret: set[str] = {str(key) for (key,) in site.ask("select distinct record_key from quality.finding where length(record_key) > 5")}
    for table in read_catalog(PROJECT / "expectations").tables:
        for column in table.columns:
            if column.sensitivity == "identifier" or (column.sensitivity == "personal" and "name" in column.name):
                for schema in ("validated", "quarantine"):
                    query = f"select distinct {column.name}::text from {schema}.{table.stem} where length({column.name}::text) > 5"
                    secret |= {str(value) for (value,) in site.ask(query)}
    assert len(secret) > 5_000
    seen = set(re.findall(r"[\w|.-]+", text)) if (text := "\n".join(site.page(a) for a in site.addresses())) else set()
    names = {value for value in secret if " " in value}
    assert seen & (secret - names) == set()
    assert [name for name in names if name in text] == []


def test_who_is_not_logged_in_sees_nothing(site: Site) -> None:
    stranger = TestClient(site.application)
    for address in site.addresses():
        refused = stranger.get(address)
        assert (refused.status_code, refused.text) == (401, "Not authenticated"), address
    sent = stranger.get("/provinces/24?lang=en", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=http://testserver/provinces/24?lang=en")


def test_a_page_can_write_nothing(site: Site) -> None:
    with pytest.raises(PublicationError, match="25006"), reading(site.dsn) as connection:
        connection.execute("delete from quality.finding")


def test_a_warehouse_that_was_never_loaded_is_said_to_be_empty(database_dsn: str) -> None:
    with pytest.raises(PublicationError, match="42P01"), reading(database_dsn) as connection:
        findings.tallies(connection, ["land"])
