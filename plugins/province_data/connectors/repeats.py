"""Find the records that a paging source sent twice, without keeping the records."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence

import numpy as np


class SeenRecords:
    """Eight bytes of digest per record: a province of ten million records takes 80 MB here.

    Two different records with one digest are taken for one; the count then misses the source's total and the
    delivery is refused, so nothing can be lost in silence.
    """

    def __init__(self) -> None:
        self._digests = array("Q")
        self._page_starts = array("Q")

    def __len__(self) -> int:
        return len(self._digests)

    def add_page(self, records: Sequence[bytes]) -> None:
        """Note the records of the next page."""
        self._page_starts.append(len(self._digests))
        for record in records:
            self._digests.frombytes(hashlib.blake2b(record, digest_size=8).digest())

    def repeated(self) -> frozenset[int]:
        """Give the positions of the records that had already come on an earlier page.

        Identical records on one page are what the source holds, not a slip of its paging: they stay.
        """
        digests = np.frombuffer(self._digests, dtype=np.uint64)
        _, first, group = np.unique(digests, return_index=True, return_inverse=True)
        if len(first) == len(digests):
            return frozenset()
        starts = np.frombuffer(self._page_starts, dtype=np.uint64)
        page = np.searchsorted(starts, np.arange(len(digests), dtype=np.uint64), side="right")
        return frozenset(np.flatnonzero(page[first[group]] < page).tolist())
