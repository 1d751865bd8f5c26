"""The page for leaving a list needs a signed link and no login; looking at it changes nothing, pressing does."""

from __future__ import annotations

import psycopg
from fastapi.testclient import TestClient
from visiting import PROJECT, Site

from province_data.mail.addresses import add_recipient
from province_data.mail.links import leave_token
from province_data.settings import Settings

ADDRESS = "officer@province.example"


def active(site: Site) -> list[tuple[object, ...]]:
    return site.ask("select is_active from ops.mail_recipient where address = %s", ADDRESS)


def test_looking_changes_nothing_and_pressing_leaves_the_list(site: Site) -> None:
    stranger = TestClient(site.application)
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        add_recipient(connection, "24", ADDRESS)
    path = f"/unsubscribe/{leave_token(Settings(home=site.home, project=PROJECT), '24', ADDRESS)}"
    looked = stranger.get(path)
    assert (looked.status_code, active(site)) == (200, [(True,)])
    assert "Ngừng gửi báo cáo chất lượng dữ liệu của Bắc Ninh tới o…@province.example?" in looked.text
    assert ADDRESS not in looked.text
    assert "Send no more" in stranger.get(f"{path}?lang=en").text
    assert stranger.head(path).status_code == 405
    pressed = stranger.post(path, data={"List-Unsubscribe": "One-Click"}, headers={"Cookie": "quality_language=vi"}, follow_redirects=False)
    assert (pressed.status_code, active(site)) == (200, [(False,)])
    assert "không còn gửi tới" in pressed.text
    assert "không còn gửi tới" in stranger.get(path, headers={"Cookie": "quality_language=vi"}).text
    assert stranger.post(path).status_code == 200


def test_other_links_are_not_found_and_say_nothing(site: Site) -> None:
    elsewhere = leave_token(Settings(home=site.home / "elsewhere", project=PROJECT), "24", ADDRESS)
    for token in (elsewhere, "24.0", "x", "..%2f..%2fsecret"):
        for answer in (
            TestClient(site.application).get(f"/unsubscribe/{token}"),
            TestClient(site.application).post(f"/unsubscribe/{token}"),
        ):
            assert answer.status_code in (404, 405), token
            assert ADDRESS not in answer.text


def test_all_other_pages_still_ask_who_you_are(site: Site) -> None:
    stranger = TestClient(site.application)
    assert {stranger.get(path).status_code for path in site.addresses()[:40]} == {401}
