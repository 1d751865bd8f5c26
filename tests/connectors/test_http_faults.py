"""The HTTP connector against a real server that follows a script: what it overcomes, and what it refuses."""

from __future__ import annotations

import logging
from itertools import count

import pytest
from http_pulls import PAGE, QUICK, RECORDS, Order, attempt, files_in, lines, one_province

from sources import faults
from sources.population_api import Exchange, Fault, PopulationApi

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
