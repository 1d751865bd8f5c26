"""The HTTP connector against a real server that follows a script: what it delivers."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from http_pulls import PERSON, RECORDS, Order, attempt, files_in, lines, manifest, one_province

from province_data.connectors.request import Watermark
from sources.population_api import PopulationApi


def test_a_snapshot_of_every_province_arrives_as_sent(sample: dict[str, list[bytes]], order: Order) -> None:
    with PopulationApi(sample) as api:
        done = attempt(order(api.uri, tables=(PERSON,)))
    assert [one.province_code for one in done.pulled] == ["19", "24", "52"]
    assert done.error is None
    for one in done.pulled:
        assert lines(one) == sample[one.province_code or ""]


def test_the_manifest_tells_what_was_received(api: PopulationApi, order: Order) -> None:
    request = one_province(order, api)
    (one,) = attempt(request).pulled
    body = (one.folder / "citizens.ndjson.gz").read_bytes()
    assert one.folder == request.inbox / "population" / "2026-10-31" / "24"
    assert manifest(one) == {
        "dataset": "population",
        "as_of": "2026-10-31",
        "province_code": "24",
        "sequence_no": 1,
        "kind": "snapshot",
        "extracted_at": "2026-11-01T00:00:00+07:00",
        "commune_edition": "2025",
        "files": [
            {
                "name": "citizens.ndjson.gz",
                "table": "person",
                "sha256": hashlib.sha256(body).hexdigest(),
                "bytes": len(body),
                "records": RECORDS,
                "encoding": "utf-8",
            }
        ],
    }
    assert one.high_watermark == datetime.fromisoformat("2026-11-01T00:00:00+07:00")
    assert one.source_uri == api.address
    assert files_in(request.inbox) == ["population/2026-10-31/24/citizens.ndjson.gz", "population/2026-10-31/24/manifest.json"]


def test_the_same_records_make_the_same_bytes(api: PopulationApi, order: Order, tmp_path: Path) -> None:
    first, second = (attempt(one_province(order, api, inbox=tmp_path / name)).pulled[0] for name in ("a", "b"))
    assert (first.folder / "citizens.ndjson.gz").read_bytes() == (second.folder / "citizens.ndjson.gz").read_bytes()


def test_pulling_again_replaces_a_delivery_that_was_not_landed(api: PopulationApi, order: Order) -> None:
    request = one_province(order, api)
    attempt(request)
    api.records["24"].pop()
    (one,) = attempt(request).pulled
    assert len(lines(one)) == RECORDS - 1
    assert len(files_in(request.inbox)) == 2


def test_changes_are_asked_for_from_the_watermark_on(api: PopulationApi, order: Order) -> None:
    since = datetime.fromisoformat("2026-10-01T00:00:00+07:00")
    expected = [line for line in api.records["24"] if datetime.fromisoformat(json.loads(line)["capNhatLuc"]) > since]
    (one,) = attempt(one_province(order, api, watermarks={"24": Watermark(since, 118)})).pulled
    assert 0 < len(expected) < RECORDS
    assert lines(one) == expected
    assert (manifest(one)["kind"], manifest(one)["sequence_no"]) == ("changes", 119)
    assert api.pages_asked[0].query["updated_since"] == "2026-10-01T00:00:00+07:00"


def test_the_day_before_is_meant_only_at_midnight(api: PopulationApi, order: Order) -> None:
    api.as_of = "2026-10-31T17:00:01Z"
    (one,) = attempt(one_province(order, api)).pulled
    assert (manifest(one)["as_of"], manifest(one)["extracted_at"]) == ("2026-11-01", "2026-11-01T00:00:01+07:00")


@pytest.mark.parametrize("since", [None, datetime.fromisoformat("2026-10-31T00:00:00+07:00")])
def test_a_province_without_any_record_yields_nothing(since: datetime | None, api: PopulationApi, order: Order) -> None:
    api.records["24"] = []
    request = one_province(order, api, watermarks={"24": Watermark(since, 1)})
    done = attempt(request)
    assert (done.pulled, done.error) == ([], None)
    assert files_in(request.inbox) == []


def test_records_are_kept_letter_by_letter(api: PopulationApi, order: Order) -> None:
    odd = [
        b'{"a": 1.10,  "a": 1e999, "n": 123456789012345678901234567890}',
        '{"hoTen":"NGUYỄN VĂN A\u2028\\u0111\\ud800"}'.encode(),
        b'{"a": {"b": [1, 2, {}]}, "c": NaN}',
        b'{\n  "a":\r\n "x" }',
        b"null",
        b"[]",
    ]
    api.records["24"] = odd
    (one,) = attempt(one_province(order, api)).pulled
    written = gzip.decompress((one.folder / "citizens.ndjson.gz").read_bytes()).split(b"\n")
    assert written == [*odd[:3], b'{   "a":   "x" }', *odd[4:], b""]


def test_a_file_may_be_left_unpacked(api: PopulationApi, order: Order) -> None:
    (one,) = attempt(one_province(order, api, tables=(replace(PERSON, file_name="citizens.ndjson"),))).pulled
    assert (one.folder / "citizens.ndjson").read_bytes().splitlines() == api.records["24"]
