"""The report of one run of a scheduler: the loads it worked on."""

from __future__ import annotations

from province_data.mail.view import plain
from province_data.pages.asked import Answer, Asked
from province_data.pages.batches import batches_of, broken_rules, loads_of, read_loads, steps_of
from province_data.pages.day_map import overall
from province_data.pages.scores import scores_of
from province_data.store.builds import builds_of, model_lines

RULES_SHOWN = 10


def show_run(asked: Asked) -> Answer:
    """Show what one run did; a run without a load says so."""
    caller = f"{asked.path['dag_id']}/{asked.path['run_id']}"
    load_ids = loads_of(asked.connection, caller)
    batches = batches_of(asked.connection, load_ids)
    scores = scores_of(asked.connection, [b.batch_id for b in batches])
    filled = {
        "caller": plain(caller),
        "loads": read_loads(asked.connection, load_ids),
        "batches": [(b, overall(scores.get(b.batch_id, {}))) for b in batches],
        "titles": {d: asked.pick(c.title) for d, c in asked.catalog.contracts.items()},
        "sums": {name: sum(getattr(b, name) for b in batches) for name in ("delivered", *(n for b in batches[:1] for n, _ in b.parts))},
        "steps": steps_of(asked.connection, load_ids),
        "builds": [(one, model_lines(asked.connection, one.build_id)) for one in builds_of(asked.connection, caller)],
        "worst": broken_rules(asked.connection, [b.batch_id for b in batches])[:RULES_SHOWN],
    }
    return Answer("run", asked.say("run"), filled)
