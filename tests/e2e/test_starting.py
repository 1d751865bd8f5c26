"""Whoever starts work by hand is asked for plain words; anything else, and any password, is refused before a run begins."""

from __future__ import annotations

import pytest
from tests.e2e.site import DATASETS, Airflow, refused

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_parameters_that_are_no_plain_words_are_refused(finished: Airflow) -> None:
    evil = ("24' or 1=1 --", "{{ conf }}", "../../secret", "24; drop table ops.load", "24/../19", "")
    asked = [("erase_or_trace", {"request": text}) for text in evil]
    asked += [("decide_held", {"batch_id": text}) for text in evil]
    asked += [(f"ingest_{DATASETS[0]}", {"provinces": [text]}) for text in evil]
    asked += [("ingest_tax", {"source": "https://client:secret@registry.example"})]
    for text in evil:
        asked += [("reload", {"dataset": "land", "province": text}), ("reload", {"dataset": text, "province": "24"})]
        asked += [("replay", {"dataset": "land", "province": "24", "as_of": text})]
    before = {dag_id: set(finished.runs(dag_id)) for dag_id, _ in asked}
    for dag_id, conf in asked:
        assert refused(finished, f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf}) in (400, 422), (dag_id, conf)
    assert {dag_id: set(finished.runs(dag_id)) for dag_id in before} == before
