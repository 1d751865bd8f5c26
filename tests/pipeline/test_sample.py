"""The example deliveries: every planted defect is found, nothing else, and every record is accounted for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import yaml

from installation import NOW, Installation, copy_sample, read_csv
from province_data.check_file import try_file
from province_data.contract.catalog import read_catalog
from province_data.mail.communes import render_communes
from province_data.pipeline import RunResult
from province_data.quality.scope import set_rule_ids
from province_data.reevaluate import past_batches, reevaluate
from province_data.steps import watch
from province_data.store import embedded
from province_data.store.builds import last_builds, model_lines
from province_data.store.database import connected

CONSERVED = "delivered = published + quarantined + unreadable + duplicate + superseded"


@pytest.fixture(scope="module")
def loaded(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, RunResult]]:
    """Give an installation that has loaded the example deliveries."""
    made, result, remove = copy_sample(database_server, tmp_path_factory.mktemp("sample"), Path(__file__).resolve().parents[2])
    try:
        yield made, result
    finally:
        remove()


def test_findings_are_exactly_the_planted_defects(loaded: tuple[Installation, RunResult], project: Path) -> None:
    installation, _ = loaded
    declared = set(read_catalog(project / "expectations").rules)
    planted = {
        (r["dataset"], r["table"], r["rule_id"], r["province_code"], r["record_key"], int(r["record_number"]), r["field"])
        for r in read_csv(project / "examples" / "deliveries" / "truth.csv")
        if r["rule_id"] in declared
    }
    found = set(
        installation.ask(
            "select dataset, table_name, rule_id, province_code, record_key, row_number, field from quality.finding where severity"
            " <> 'info' and table_name <> '' and status = 'open'"
        )
    )
    missed, false_alarms = planted - found, found - planted
    assert not missed, f"{len(missed)} missed: {sorted({m[2] for m in missed})}"
    assert not false_alarms, f"{len(false_alarms)} false alarms: {sorted({str(f[2]) for f in false_alarms})}"


def test_every_rule_of_the_truth_file_is_declared(project: Path) -> None:
    declared = set(read_catalog(project / "expectations").rules)
    assert {r["rule_id"] for r in read_csv(project / "examples" / "deliveries" / "truth.csv")} <= declared


def test_every_record_of_every_batch_is_accounted_for(loaded: tuple[Installation, RunResult]) -> None:
    installation, result = loaded
    assert len(result.lines) == 12
    assert installation.ask(f"select count(*), bool_and({CONSERVED}), bool_and(delivered = declared) from ops.batch") == [(12, True, True)]


def test_the_ledger_agrees_with_the_tables(loaded: tuple[Installation, RunResult]) -> None:
    installation, _ = loaded
    for dataset, tables in {
        "population": ["person"],
        "land": ["parcel", "right"],
        "civil_status": ["event"],
        "tax": ["taxpayer", "land_tax"],
    }.items():
        good = " + ".join(f"(select count(*) from validated.{dataset}__{t} where _held_by is null)" for t in tables)
        bad = " + ".join(f"(select count(*) from quarantine.{dataset}__{t})" for t in tables)
        [(published, quarantined)] = installation.ask(f"select {good}, {bad}")
        assert installation.ask("select sum(published), sum(quarantined) from ops.batch where dataset = %s", dataset) == [
            (published, quarantined)
        ]


def test_what_is_published_is_what_the_ledger_says(loaded: tuple[Installation, RunResult]) -> None:
    installation, _ = loaded
    [(persons,)] = installation.ask("select count(*) from published.person")
    assert installation.ask("select sum(published) from ops.batch where dataset = 'population'") == [(persons,)]


def test_great_expectations_judged_every_declared_rule(loaded: tuple[Installation, RunResult], project: Path) -> None:
    installation, _ = loaded
    catalog = read_catalog(project / "expectations")
    judged = {str(r) for (r,) in installation.ask("select distinct rule_id from quality.rule_result where outcome <> 'error'")}
    checked = {r.id for r in catalog.rules.values() if type(r.checks[0]).__name__ != "DeliveryCheck"}
    assert checked - judged == set()
    assert installation.ask("select count(*) from quality.rule_result where outcome = 'error'") == [(0,)]


def test_results_and_findings_count_the_same(loaded: tuple[Installation, RunResult]) -> None:
    installation, _ = loaded
    difference = installation.ask(
        "select r.rule_id, r.table_name, r.province_code, r.failed, count(f.finding_id) from quality.rule_result r left join"
        " quality.finding f"
        " on f.rule_id = r.rule_id and f.table_name = r.table_name and f.dataset = r.dataset and f.province_code = r.province_code"
        " and f.status = 'open'"
        " group by 1, 2, 3, 4 having r.failed <> count(f.finding_id)"
    )
    assert difference == []


def test_a_rule_that_applied_to_nothing_did_not_pass(loaded: tuple[Installation, RunResult]) -> None:
    installation, _ = loaded
    assert installation.ask("select count(*) from quality.rule_result where evaluated = 0 and outcome = 'passed'") == [(0,)]
    assert installation.ask("select count(*) from quality.score where score > 100 or score < 0 or (failed > 0 and score = 100)") == [(0,)]


def test_every_province_gets_a_mail_and_the_centre_a_digest(loaded: tuple[Installation, RunResult]) -> None:
    installation, result = loaded
    assert result.mails == 4
    assert len(list((installation.settings.home / "outbox").rglob("*.eml"))) == 4


def test_the_same_run_again_changes_nothing_and_says_so(loaded: tuple[Installation, RunResult], project: Path) -> None:
    installation, _ = loaded
    before = installation.ask("select md5(string_agg(f::text, '' order by finding_id)) from quality.finding f")
    again = installation.run(project / "examples" / "deliveries", NOW.replace(hour=9))
    assert again.lines == ()
    assert again.mails == 0
    assert "nothing new" in again.notes[-1]
    assert installation.ask("select md5(string_agg(f::text, '' order by finding_id)) from quality.finding f") == before


def test_no_personal_number_or_name_stands_in_any_mail(loaded: tuple[Installation, RunResult]) -> None:
    installation, _ = loaded
    numbers = {
        str(v)
        for (v,) in installation.ask(
            "select personal_id from validated.population__person union select full_name from validated.population__person where"
            " length(full_name) > 8"
        )
    }
    for mail in (installation.settings.home / "outbox").rglob("*.html"):
        text = mail.read_text(encoding="utf-8")
        assert not [n for n in numbers if n in text]


def test_the_communes_of_a_province_add_up_to_it(loaded: tuple[Installation, RunResult], project: Path) -> None:
    installation, _ = loaded
    across = sorted(set_rule_ids(read_catalog(project / "expectations")))
    communes = "(select sum(c.{0}) from quality.commune_score c where c.batch_id = b.batch_id)"
    counted = installation.ask(
        f"select b.batch_id, {communes.format('failed')}, {communes.format('failed_across')}, count(*) filter (where f.rule_id <> all(%s)),"
        " count(*) filter (where f.rule_id = any(%s)) from ops.batch b join quality.finding f on f.batch_id = b.batch_id"
        " and f.severity <> 'info' and f.table_name <> '' group by b.batch_id",
        across,
        across,
    )
    assert len(counted) == 12
    assert [row for row in counted if (row[1], row[2]) != (row[3], row[4])] == []
    shown = "select count(*), count(distinct (dataset, province_code)), count(distinct commune_code) > 20 from published.commune_score"
    [(rows, pairs, many)] = installation.ask(shown)
    assert (pairs, many, rows) == (12, True, installation.ask("select count(*) from quality.commune_score")[0][0])


def test_what_could_not_be_tested_is_shown_beside_every_score(loaded: tuple[Installation, RunResult]) -> None:
    installation, _ = loaded
    shared = "select distinct score, evaluated, not_testable > 0 from published.quality_score where dimension = 'shared'"
    assert installation.ask(shared) == [(None, 0, True)]
    wrong = "select count(*) from published.quality_score where dataset = 'land' and identifier_failed > 0"
    assert installation.ask(wrong) > [(0,)]


def test_a_past_batch_judged_again_by_the_same_rules_gives_the_same_figures(loaded: tuple[Installation, RunResult], project: Path) -> None:
    installation, _ = loaded
    catalog = read_catalog(project / "expectations")
    published = "select md5(string_agg(s::text, '' order by s::text)) from published.quality_score s"
    before = installation.ask(published)
    with connected(installation.dsn) as connection:
        [past] = past_batches(connection, ["civil_status"], ["24"], None)
        compared = reevaluate(connection, installation.settings, catalog, past, NOW)
    assert [c.score_then for c in compared] == [c.score_now for c in compared]
    assert sum(c.failed_now for c in compared) > 0
    differing = "select count(*) from quality.reevaluation where (evaluated, failed) is distinct from (evaluated_then, failed_then)"
    assert installation.ask(differing) == [(0,)]
    assert installation.ask(published) == before


def test_the_mail_by_commune_counts_every_record_once_and_no_small_commune_alone(loaded: tuple[Installation, RunResult]) -> None:
    installation, _ = loaded
    catalog = read_catalog(installation.settings.project / "expectations")
    with psycopg.connect(installation.dsn, autocommit=True) as connection:
        message = render_communes(connection, catalog.tables, catalog, "24", NOW)
    to_mend = "select count(distinct (dataset, table_name, record_key)) from quality.finding where status = 'open' and severity <> 'info'"
    [(records,)] = installation.ask(f"{to_mend} and table_name <> '' and province_code = '24'")
    figures = [int(n.replace(".", "")) for n in re.findall(r"(?m)^\S.* +([0-9.]+)$", message.text)]
    assert sum(figures) == records
    alone = [line for line in message.text.splitlines() if re.search(r" [1-9]$", line) and "dưới 10" not in line]
    assert alone == []


def test_every_model_of_the_build_is_kept_with_its_seconds_rows_and_tests(loaded: tuple[Installation, RunResult], project: Path) -> None:
    installation, _ = loaded
    with connected(installation.dsn) as connection:
        [build] = last_builds(connection, 5)
        lines = {line.model: line for line in model_lines(connection, build.build_id)}
    assert (build.status, build.is_full, build.caller) == ("done", True, "")
    made = {path.stem for path in (project / "dbt_project/models/warehouse").glob("*.sql")}
    assert made <= set(lines)
    assert {lines[model].status for model in made} == {"done"}
    assert [model for model in made if lines[model].seconds is None or lines[model].tests_failed] == []
    assert (lines["dim_person"].tests, lines["dim_person"].layer) == (_tests_of(project, "dim_person"), "warehouse")
    persons = installation.ask("select count(*) from warehouse.dim_person")
    assert persons == [(lines["dim_person"].rows,)]


def _tests_of(project: Path, model: str) -> int:
    """Count the tests that a model's own description declares."""
    described = yaml.safe_load((project / "dbt_project/models/warehouse" / f"{model}.yml").read_text(encoding="utf-8"))["models"][0]
    columns = [column.get("data_tests", []) for column in described["columns"]]
    return len(described.get("data_tests", [])) + sum(len(tests) for tests in columns)


def test_a_lateness_is_told_once_by_one_mail(loaded: tuple[Installation, RunResult]) -> None:
    installation, _ = loaded

    def told() -> list[tuple[object, ...]]:
        return installation.ask("select dataset, count(*), bool_and(told_at is not null) from ops.lateness group by 1 order by 1")

    def mails() -> int:
        return int(str(installation.ask("select count(*) from ops.mail_letter where province_code <> '00'")[0][0]))

    before = mails()
    assert watch(installation.settings, NOW + timedelta(hours=29)) == []
    assert told() == []
    late = watch(installation.settings, NOW + timedelta(hours=31))
    assert {silence.dataset for silence in late} == {"civil_status", "population", "tax"}
    provinces = {silence.province_code for silence in late}
    assert mails() == before + len(provinces)
    assert len(watch(installation.settings, NOW + timedelta(hours=32))) == len(late)
    assert mails() == before + len(provinces)
    watch(installation.settings, NOW + timedelta(hours=55))  # land may take a day longer
    assert [(dataset, is_told) for dataset, _, is_told in told()] == [(d, True) for d in ("civil_status", "land", "population", "tax")]
    with_land = {str(code) for (code,) in installation.ask("select province_code from ops.lateness where dataset = 'land'")}
    assert mails() == before + len(provinces) + len(with_land)
    texts = installation.ask("select plain from ops.mail_letter order by created_at desc limit 1")
    assert "ĐẤT ĐAI · Chưa nhận được" in str(texts[0][0])


@pytest.mark.parametrize("dataset", ["population", "land", "civil_status", "tax"])
def test_a_delivery_that_is_tried_gets_the_verdicts_of_its_load(
    loaded: tuple[Installation, RunResult], project: Path, dataset: str
) -> None:
    installation, _ = loaded
    across = set_rule_ids(read_catalog(project / "expectations"))
    folder = project / "examples" / "deliveries" / dataset / "2026-10-31" / "24"
    edition = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["commune_edition"]
    tried = try_file(installation.settings, folder, dataset, None, "24", edition, NOW)
    batch = "join ops.batch b using (batch_id) where b.dataset = %s and b.province_code = '24'"
    judged = f"select rule_id, failed from quality.rule_result r {batch} and r.failed > 0 and not rule_id = any(%s)"
    assert {(line.rule_id, line.failed) for line in tried.lines if line.rule_id not in across} == set(
        installation.ask(judged, dataset, list(across))
    )
    assert [(tried.delivered,)] == installation.ask(
        "select delivered from ops.batch b where dataset = %s and province_code = '24'", dataset
    )
    assert installation.ask("select count(*) from staging.verdict") == [(0,)]
