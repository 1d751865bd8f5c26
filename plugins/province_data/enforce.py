"""Stand guard over the warehouse: hold readers to their limits as long as it is asked to."""

from __future__ import annotations

import time
from collections.abc import Callable

from province_data.errors import PublicationError
from province_data.store.database import connected
from province_data.store.limits import WHY, Limits, hold_to_limits

LONGEST_PAUSE = 30.0
"""Seconds between two attempts to reach a warehouse that does not answer."""


def enforce(find_dsn: Callable[[], str], limits: Limits, say: Callable[[str], None], goes_on: Callable[[], bool]) -> None:
    """Look again and again while `goes_on()`; a warehouse that went away is waited for.

    Raises the PublicationError of the first attempt, so that a wrong address is seen at once.
    """
    pause, has_looked = limits.look, False
    while goes_on():
        try:
            with connected(find_dsn(), "province-data-limits") as connection:
                while goes_on():
                    for held in hold_to_limits(connection, limits):
                        say(f"{held.login} (pid {held.pid}): {WHY[held.why]} for {held.seconds:.1f} s")
                    has_looked, pause = True, limits.look
                    time.sleep(limits.look)
        except PublicationError as error:
            if not has_looked:
                raise
            say(error.text())
            time.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
