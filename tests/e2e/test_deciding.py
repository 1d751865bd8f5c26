"""A load that the gate holds is decided by a person who follows the mail's link, or after a day by nobody."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.browser import Browser
from tests.e2e.deliveries import HELD, UNANSWERED
from tests.e2e.ledger import decisions, in_airflows_database, letters
from tests.e2e.site import Airflow, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def question_about(airflow: Airflow, province: str) -> dict[str, Any] | None:
    """Find the question about a province's held batch."""
    path = "/api/v2/dags/decide_held/dagRuns/~/hitlDetails?response_received=false"
    found = [one for one in airflow.ask(path)["hitl_details"] if province in one["body"]]
    return found[0] if found else None


def test_a_person_opens_the_mails_link_and_returns_the_held_batch(finished: Airflow, browser: Browser) -> None:
    wait_for("question asked", finished, lambda: question_about(finished, "Bắc Ninh"), 120)
    wait_for("mail written", finished, lambda: any("Bắc Ninh" in subject for _, subject, _ in letters(finished, "held-")), 60)
    text = next(text for code, subject, text in letters(finished, "held-") if code == "00" and "Bắc Ninh" in subject)
    link = next(word for word in text.split() if word.startswith(f"{finished.url}/dags/decide_held/"))
    browser.open(link)
    browser.find("//*[contains(., 'DLV-008')]")
    browser.type("//*[@id='element_reason']", "thiếu hai phần ba")
    browser.click("//button[contains(., 'Trả lại nơi gửi')]")
    run = next(run_id for run_id in finished.runs("decide_held") if run_id in link)
    wait_for("answer carried out", finished, lambda: finished.runs("decide_held")[run] == "success", 120)
    assert decisions(finished, HELD) == [("return", "admin", "thiếu hai phần ba", "refused")]
    assert any(code == HELD and "thiếu hai phần ba" in text for code, _, text in letters(finished))


def test_after_a_day_without_an_answer_the_batch_goes_back_to_its_sender(finished: Airflow) -> None:
    wait_for("question asked", finished, lambda: question_about(finished, "Gia Lai"), 120)
    question = question_about(finished, "Gia Lai")
    assert question is not None
    run = question["task_instance"]["dag_run_id"]
    asked = "dag_id = 'decide_held' and task_id = 'ask' and run_id = %s"
    waits = f"select extract(epoch from trigger_timeout - start_date) from task_instance where {asked}"
    [(seconds,)] = in_airflows_database(finished, waits, run)
    assert 86_000 < seconds < 87_600
    move = f"update task_instance set trigger_timeout = trigger_timeout - interval '24 hours' where {asked} returning 1"
    in_airflows_database(finished, move, run)
    wait_for("default carried out", finished, lambda: finished.runs("decide_held")[run] == "success", 180)
    [(choice, by, reason, status)] = decisions(finished, UNANSWERED)
    assert (choice, by, status) == ("return", "hết 24 giờ, không ai quyết định", "refused")
    assert any(code == UNANSWERED and reason in text for code, _, text in letters(finished))
