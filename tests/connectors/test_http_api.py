"""The HTTP connector against a real server that follows a script: what it overcomes, and what it refuses."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from province_data.connectors.http_api import pull
from province_data.connectors.request import Pulled, PullRequest, SourceTable, Watermark
from province_data.errors import ContractError, SourceError
from sources import faults
from sources.population_api import SECRET, Exchange, Fault, PopulationApi, read_records

Order = Callable[..., PullRequest]
PERSON = SourceTable("person", "citizens.ndjson.gz", "citizens", ("soDinhDanh",), None, None)
PAGE = 100
RECORDS = 350
QUICK = {"page_size": str(PAGE), "attempts": "4", "max_answer_bytes": "400000"}


@pytest.fixture(scope="module")
def sample() -> dict[str, list[bytes]]:
    return read_records(Path(__file__).resolve().parents[2] / "examples" / "deliveries")


@pytest.fixture
def api(sample: dict[str, list[bytes]]) -> Iterator[PopulationApi]:
    with PopulationApi({province: lines[:RECORDS] for province, lines in sample.items()}) as running:
        yield running


@dataclass
class Attempt:
    """What a pull did."""

    pulled: list[Pulled]
    waits: list[float]
    error: SourceError | None


def attempt(request: PullRequest, clock: Callable[[], float] | None = None) -> Attempt:
    """Pull everything; sleeping is only noted."""
    done = Attempt([], [], None)
    walk = pull(request, sleep=done.waits.append, **({"clock": clock} if clock else {}))
    try:
        for one in walk:
            done.pulled.append(one)
    except SourceError as error:
        done.error = error
    return done


def one_province(order: Order, api: PopulationApi, **changes: object) -> PullRequest:
    return order(api.uri, **{"tables": (PERSON,), "provinces": ("24",), "options": QUICK, **changes})


def lines(pulled: Pulled) -> list[bytes]:
    return gzip.decompress((pulled.folder / "citizens.ndjson.gz").read_bytes()).splitlines()


def manifest(pulled: Pulled) -> dict[str, object]:
    content = json.loads((pulled.folder / "manifest.json").read_bytes())
    assert isinstance(content, dict)
    return content


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


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


OVERCOME: dict[str, tuple[list[Fault | None], list[float | None]]] = {
    "429 with seconds": ([faults.status(429, Retry_After="7")], [7.0]),
    "429 in the middle of paging": ([None, None, faults.status(429, Retry_After="3")], [3.0]),
    "503 with seconds": ([faults.status(503, Retry_After="0")], [0.0]),
    "503 with a date": (
        [faults.status(503, Date="Sun, 01 Nov 2026 00:00:00 GMT", Retry_After="Sun, 01 Nov 2026 00:00:42 GMT")],
        [42.0],
    ),
    "503 with a date that has passed": (
        [faults.status(503, Date="Sun, 01 Nov 2026 00:00:00 GMT", Retry_After="Sat, 31 Oct 2026 00:00:00 GMT")],
        [0.0],
    ),
    "429 that asks for a day is waited for two minutes": ([faults.status(429, Retry_After="86400")], [120.0]),
    "429 with nonsense": ([faults.status(429, Retry_After="soon")], [None]),
    "429 with an endless number": ([faults.status(429, Retry_After="9" * 400)], [120.0]),
    "503 without a time": ([faults.status(503)], [None]),
    "500": ([faults.status(500)], [None]),
    "502 and 504 in a row": ([faults.status(502), faults.status(504)], [None, None]),
    "hang-up before the answer": ([faults.silent], [None]),
    "hang-up three times in a row": ([faults.silent, faults.silent, faults.silent], [None, None, None]),
    "body cut short of its length": ([None, faults.cut(500)], [None]),
    "chunked body cut": ([None, faults.cut(500, chunked=True)], [None]),
    "packed body cut, length as sent": ([faults.body(lambda raw: raw[:-20], packed=True)], [None]),
    "packed body damaged": ([faults.body(lambda raw: raw[:40] + b"\0\0\0\0" + raw[44:], packed=True)], [None]),
    "packed body that is not packed": ([faults.body(lambda _: b'{"items": []}', packed=True)], [None]),
    "bytes after the packed body": ([faults.body(lambda raw: raw + raw, packed=True)], [None]),
    "length announced too long": ([faults.declare(+10)], [None]),
    "chunked answer": ([faults.member("next_cursor", "p100"), lambda exchange: setattr(exchange, "chunked", True)], []),
    "answer not packed": ([faults.body(lambda raw: raw)], []),
    "byte order mark": ([faults.body(lambda raw: b"\xef\xbb\xbf" + raw)], []),
    "last cursor empty": ([None, None, None, faults.member("next_cursor", "")], []),
    "last cursor absent": ([None, None, None, faults.without("next_cursor")], []),
    "page without records but with a cursor": (
        [faults.together(faults.items(lambda _: []), faults.member("next_cursor", "p0"))],
        [],
    ),
}


@pytest.mark.parametrize("name", OVERCOME)
def test_a_passing_fault_is_overcome(name: str, api: PopulationApi, order: Order) -> None:
    script, waits = OVERCOME[name]
    api.script.extend(script)
    done = attempt(one_province(order, api))
    assert done.error is None
    assert lines(done.pulled[0]) == api.records["24"]
    assert len(done.waits) == len(waits)
    assert all(wait is None or wait == pytest.approx(waited) for wait, waited in zip(waits, done.waits, strict=True))


def test_a_stall_in_the_middle_of_the_body_is_left(api: PopulationApi, order: Order) -> None:
    api.script.append(faults.stall(100))
    done = attempt(one_province(order, api, options={**QUICK, "read_seconds": "0.5"}))
    assert lines(done.pulled[0]) == api.records["24"]
    assert len(done.waits) >= 1


def test_waits_grow_and_stay_bounded(api: PopulationApi, order: Order) -> None:
    api.always = faults.status(500)
    waits = attempt(one_province(order, api, options={**QUICK, "attempts": "10"})).waits
    assert len(waits) == 9
    for number, wait in enumerate(waits, 1):
        full = min(2.0**number / 2, 30)
        assert full / 2 <= wait <= full


REFUSED: dict[str, tuple[list[Fault | None], str, int]] = {
    "403": ([faults.status(403)], "refuses us (status 403)", 1),
    "404": ([faults.status(404)], "status 404", 1),
    "400 in the middle of paging": ([None, faults.status(400)], "status 400", 2),
    "redirect to another host": ([faults.status(302, Location="http://127.0.0.1:1/metadata")], "not followed (status 302)", 1),
    "redirect to a file": ([faults.status(307, Location="file:///etc/passwd")], "not followed (status 307)", 1),
    "500 for ever": ([faults.status(500)] * 4, "4 attempts: status 500", 4),
    "429 for ever": ([faults.status(429, Retry_After="1")] * 4, "4 attempts: status 429", 4),
    "hang-up for ever": ([faults.silent] * 4, "4 attempts: the connection failed", 4),
    "always cut": ([faults.cut(500)] * 4, "the answer was cut: 500 bytes received, 8450 expected", 4),
    "length announced too short": ([faults.declare(-10)], "cannot be read", 1),
    "no JSON": ([faults.body(lambda _: b"<html>maintenance</html>")], "cannot be read", 1),
    "JSON cut": ([faults.body(lambda raw: raw[: len(raw) // 2])], "cannot be read", 1),
    "text after the JSON": ([faults.body(lambda raw: raw + b"x")], "cannot be read", 1),
    "empty body": ([faults.body(lambda _: b"")], "cannot be read", 1),
    "a list instead of an object": ([faults.body(lambda _: b"[1, 2]")], "cannot be read", 1),
    "bytes that are no UTF-8": ([faults.body(lambda raw: raw.replace(b"hoTen", b"ho\xffen"))], "cannot be read", 1),
    "a hundred thousand brackets": ([faults.body(lambda _: b'{"items": ' + b"[" * 100_000)], "cannot be read", 1),
    "no total": ([faults.without("total")], "cannot be read", 1),
    "total that is no number": ([faults.member("total", "many")], "cannot be read", 1),
    "no as_of": ([faults.without("as_of")], "cannot be read", 1),
    "as_of without a zone": ([faults.member("as_of", "2026-11-01T00:00:00")], "cannot be read", 1),
    "cursor that is an object": ([faults.member("next_cursor", {"p": 100})], "cannot be read", 1),
    "cursor that comes back": ([None, None, faults.member("next_cursor", "p100")], "runs in a circle", 3),
    "total that changes between pages": ([None, faults.member("total", RECORDS + 1)], "total changed while paging: 350, then 351", 2),
    "record missing": ([None, faults.items(lambda found: found[:-1])], "announced 350 records and sent 349", 4),
    "paging that ends early": ([None, faults.member("next_cursor", None)], "announced 350 records and sent 200", 2),
    "records although the total is none": (
        [faults.together(faults.member("total", 0), faults.member("next_cursor", None))],
        "announced 0",
        1,
    ),
    "total but no records": ([faults.together(faults.items(lambda _: []), faults.member("next_cursor", None))], "announced 350", 1),
    "answer over the cap": ([faults.body(lambda raw: raw + b" " * 500_000)], "larger than allowed", 1),
    "small bomb": ([faults.bomb(50_000_000)], "larger than allowed", 1),
    "packed in another way": ([faults.status(200, Content_Encoding="br")], "packed its answer in a way nobody asked for", 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_lasting_fault_is_refused_and_nothing_is_delivered(name: str, api: PopulationApi, order: Order) -> None:
    script, says, requests = REFUSED[name]
    api.script.extend(script)
    request = one_province(order, api)
    done = attempt(request)
    assert done.pulled == []
    assert done.error is not None
    assert says in done.error.what
    assert "province 24" in done.error.where
    assert done.error.expected
    assert done.error.next_step
    assert len(api.pages_asked) == requests
    assert list(request.inbox.rglob("*")) == [request.inbox / "population"]


def test_a_page_sent_twice_is_dropped_and_counted(api: PopulationApi, order: Order, caplog: pytest.LogCaptureFixture) -> None:
    again = api.records["24"][:PAGE]
    api.script.extend([None, faults.together(faults.items(lambda _: again), faults.member("next_cursor", "p0100"))])
    with caplog.at_level(logging.WARNING):
        (one,) = attempt(one_province(order, api)).pulled
    assert lines(one) == api.records["24"]
    assert [record.getMessage() for record in caplog.records] == ["province 24: dropped 100 records that came again on a later page"]
    assert files_in(one.folder) == ["citizens.ndjson.gz", "manifest.json"]


def test_a_shifted_page_is_dropped_only_where_it_overlaps(api: PopulationApi, order: Order) -> None:
    last = api.records["24"][PAGE - 3 : PAGE]
    api.script.extend([None, faults.items(lambda found: [*last, *found])])
    (one,) = attempt(one_province(order, api)).pulled
    assert lines(one) == api.records["24"]


def test_a_record_sent_twice_does_not_hide_one_that_is_missing(api: PopulationApi, order: Order) -> None:
    last = api.records["24"][PAGE - 1]
    api.script.extend([None, faults.items(lambda found: [last, *found[1:]])])
    done = attempt(one_province(order, api))
    assert done.error is not None
    assert "announced 350 records and sent 349 different ones" in done.error.what


def test_equal_records_on_one_page_are_what_the_source_holds(api: PopulationApi, order: Order) -> None:
    api.records["24"][1] = api.records["24"][0]
    (one,) = attempt(one_province(order, api)).pulled
    assert lines(one) == api.records["24"]


def test_paging_without_end_is_broken_off(api: PopulationApi, order: Order) -> None:
    numbers = count(1)
    api.always = lambda exchange: faults.member("next_cursor", f"p{next(numbers) % 200}")(exchange)
    api.records["24"] = api.records["24"][:PAGE]
    done = attempt(one_province(order, api))
    assert done.error is not None
    assert "does not end" in done.error.what
    assert len(api.pages_asked) < 10


def test_paging_that_brings_nothing_is_broken_off(api: PopulationApi, order: Order) -> None:
    numbers = count(1)

    def nothing(exchange: Exchange) -> None:
        exchange.page["items"] = []
        exchange.page["next_cursor"] = f"p{next(numbers)}"

    api.always = nothing
    done = attempt(one_province(order, api))
    assert done.error is not None
    assert "does not end" in done.error.what
    assert len(api.pages_asked) == 101


def test_a_delivery_over_its_cap_is_refused(api: PopulationApi, order: Order) -> None:
    done = attempt(one_province(order, api, options={**QUICK, "max_delivery_bytes": "60000"}))
    assert done.error is not None
    assert "larger than 60000 bytes" in done.error.what


def test_a_slow_drip_is_broken_off_by_the_total_deadline(api: PopulationApi, order: Order) -> None:
    ticks = count(0, 200)
    done = attempt(one_province(order, api, options={**QUICK, "deadline_seconds": "100"}), clock=lambda: float(next(ticks)))
    assert done.error is not None
    assert "took too long" in done.error.what


def test_a_token_that_expires_while_paging_is_renewed(api: PopulationApi, order: Order) -> None:
    api.requests_per_token = 2
    (one,) = attempt(one_province(order, api)).pulled
    assert lines(one) == api.records["24"]
    assert api.logins == 2
    assert [asked.status for asked in api.pages_asked] == [200, 200, 401, 200, 200]


def test_a_token_that_is_never_good_is_renewed_once(api: PopulationApi, order: Order) -> None:
    api.requests_per_token = 0
    done = attempt(order(api.uri, tables=(PERSON,), options=QUICK))
    assert done.error is not None
    assert "refuses us (status 401)" in done.error.text()
    assert "not tried after that: 24, 52" in done.error.where
    assert (api.logins, len(api.pages_asked), done.waits) == (2, 2, [])


@pytest.mark.parametrize("status", [400, 401, 403, 302])
def test_a_refused_log_in_is_final_at_once(status: int, api: PopulationApi, order: Order) -> None:
    api.token_script.extend([faults.status(status)] * 9)
    done = attempt(order(api.uri, tables=(PERSON,), options=QUICK))
    assert done.error is not None
    assert f"status {status}" in done.error.text()
    assert (api.logins, len(api.pages_asked), done.waits) == (1, 0, [])


def test_a_wrong_secret_is_refused_and_not_shown(api: PopulationApi, order: Order) -> None:
    done = attempt(order(api.uri.replace("s3cret", "wr0ng-word"), tables=(PERSON,), options=QUICK))
    assert done.error is not None
    assert "status 401" in done.error.text()
    assert "wr0ng" not in done.error.text()


def test_a_busy_log_in_is_waited_for(api: PopulationApi, order: Order) -> None:
    api.token_script.extend([faults.status(503, Retry_After="5"), faults.silent, None])
    done = attempt(one_province(order, api))
    assert len(done.pulled) == 1
    assert done.waits[0] == 5.0


@pytest.mark.parametrize("token", [None, 7, "", "two\r\nLines: x", "đ"])
def test_a_log_in_answer_without_a_usable_token_is_refused(token: object, api: PopulationApi, order: Order) -> None:
    api.token_script.append(lambda exchange: exchange.page.clear())
    if token is not None:
        api.token_script[0] = faults.body(lambda _: json.dumps({"access_token": token}).encode())
    done = attempt(one_province(order, api))
    assert done.error is not None
    assert "no access token" in done.error.what


def test_one_provinces_fault_does_not_keep_the_others_from_coming(api: PopulationApi, order: Order) -> None:
    api.script.extend([None, None, None, None, faults.status(404)])
    done = attempt(order(api.uri, tables=(PERSON,), options=QUICK))
    assert [one.province_code for one in done.pulled] == ["19", "52"]
    assert done.error is not None
    assert "province 24" in done.error.where


def test_a_source_that_is_down_is_not_asked_for_every_province(api: PopulationApi, order: Order) -> None:
    api.always = faults.status(500)
    done = attempt(order(api.uri, tables=(PERSON,), options=QUICK))
    assert done.error is not None
    assert "not tried after that: 52" in done.error.where
    assert len(api.pages_asked) == 8


def test_only_the_provinces_asked_for_are_pulled(api: PopulationApi, order: Order) -> None:
    done = attempt(order(api.uri, tables=(PERSON,), options=QUICK, only=frozenset({"52", "99"})))
    assert [one.province_code for one in done.pulled] == ["52"]


def test_a_refused_connection_is_tried_again_and_named(order: Order) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = attempt(order(f"http://client:{SECRET.replace('/', '%2F')}@127.0.0.1:{port}/dancu", tables=(PERSON,), options=QUICK))
    assert done.error is not None
    assert "Connection refused" in done.error.text()
    assert len(done.waits) == 3
    assert "s3cret" not in done.error.text()


def test_a_host_that_does_not_exist_is_named(order: Order) -> None:
    done = attempt(order("http://client:secret@nowhere.invalid/dancu", tables=(PERSON,), options={**QUICK, "attempts": "1"}))
    assert done.error is not None
    assert "cannot connect" in done.error.text()
    assert "nowhere.invalid" in done.error.where


def test_a_server_without_encryption_is_refused_where_it_is_expected(api: PopulationApi, order: Order) -> None:
    done = attempt(order(api.uri.replace("http://", "https://"), tables=(PERSON,), options={**QUICK, "attempts": "1"}))
    assert done.error is not None
    assert "cannot connect" in done.error.text()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate that nobody has signed but its owner."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dancu")])
    start = datetime.fromisoformat("2020-01-01T00:00:00+07:00")
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, start + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    words = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "dancu.pem"
    path.write_bytes(words + made.public_bytes(Encoding.PEM))
    return path


def test_an_unknown_certificate_is_refused_until_it_is_declared(certificate: Path, sample: dict[str, list[bytes]], order: Order) -> None:
    with PopulationApi({"24": sample["24"][:RECORDS]}, certificate) as api:
        refused = attempt(one_province(order, api, options={**QUICK, "attempts": "1"}))
        declared = attempt(one_province(order, api, options={**QUICK, "ca_file": str(certificate)}))
    assert refused.error is not None
    assert "certificate verify failed" in refused.error.text()
    assert api.logins == 1
    assert lines(declared.pulled[0]) == api.records["24"]


def test_a_file_of_certificates_that_is_none_is_a_fault_of_the_contract(api: PopulationApi, order: Order, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="ca_file"):
        list(pull(one_province(order, api, options={"ca_file": str(tmp_path / "none.pem")})))


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/dancu",
        "http://client@127.0.0.1/dancu",
        "http://client:pa/ss-word@127.0.0.1/dancu",
        "http://client:pass-word@127.0.0.1:port/dancu",
        "http://client:pass-word@/dancu",
        "http://client:pass-word@127.0.0.1/dancu?token=pass-word",
        "http://client:pass-word@127.0.0.1/dancu#pass-word",
    ],
)
def test_an_address_that_is_none_is_refused_without_showing_it(uri: str, order: Order) -> None:
    done = attempt(order(uri, tables=(PERSON,)))
    assert done.error is not None
    assert "percent-encoded" in done.error.expected
    assert "word" not in done.error.text().replace("password", "")


def test_the_secret_and_the_token_are_in_no_log_and_no_text(api: PopulationApi, order: Order, caplog: pytest.LogCaptureFixture) -> None:
    api.script.extend([faults.status(500), None, faults.status(404)])
    request = one_province(order, api)
    with caplog.at_level(logging.DEBUG):
        done = attempt(request)
    tokens = list(api._tokens)
    assert tokens
    told = caplog.text + repr(request) + str(done.error)
    assert [word for word in (*tokens, SECRET, "s3cret") if word in told] == []


def test_no_citizens_value_is_in_a_log_or_an_error(api: PopulationApi, order: Order, caplog: pytest.LogCaptureFixture) -> None:
    api.script.extend([None, faults.body(lambda raw: raw[:-1] + b"\xff")])
    with caplog.at_level(logging.DEBUG):
        done = attempt(one_province(order, api))
    told = caplog.text + str(done.error)
    citizens = [json.loads(line) for line in api.records["24"]]
    values = {str(citizen[name]) for citizen in citizens for name in ("soDinhDanh", "hoTen", "soDienThoai") if citizen.get(name)}
    assert len(values) > RECORDS
    assert sum(value in told for value in values) == 0


def test_a_table_without_a_name_at_the_source_is_a_fault_of_the_contract(api: PopulationApi, order: Order) -> None:
    with pytest.raises(ContractError, match="person"):
        list(pull(one_province(order, api, tables=(replace(PERSON, remote_name=""),))))


def test_a_pull_that_is_given_up_leaves_nothing_unfinished(api: PopulationApi, order: Order) -> None:
    request = order(api.uri, tables=(PERSON,), options=QUICK)
    walk = pull(request)
    next(walk)
    walk.close()  # type: ignore[attr-defined]
    assert [path.name for path in (request.inbox / "population").iterdir()] == ["2026-10-31"]
