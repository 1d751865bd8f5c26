"""The HTTP connector at the door: log-in, addresses, certificates, what stays secret."""

from __future__ import annotations

import json
import logging
import socket
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from http_pulls import PERSON, QUICK, RECORDS, Order, attempt, lines, one_province

from province_data.connectors.http_api import pull
from province_data.errors import ContractError
from sources import faults
from sources.population_api import SECRET, PopulationApi


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
