"""How a task ends whose failure was told in its log in plain words: the scheduler writes no stack trace below an exit.

In `plugins/`, where every program of the scheduler finds it; the rules for trying again name these classes.
"""

from __future__ import annotations


class MayHeal(SystemExit):
    """The source does not answer now; asking again may help."""


class NeedsMending(SystemExit):
    """Somebody has to mend an address, a password, a declaration or a delivery; asking again changes nothing."""
