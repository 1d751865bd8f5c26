"""Turn JSON paths into a tree: a leaf is the place of a field, a branch is an object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from province_data.errors import ContractError

Tree: TypeAlias = "dict[str, int | Tree]"


def tree_of(paths: Sequence[str]) -> Tree:
    """Build the tree of dotted paths; a path may not lead through a field."""
    root: Tree = {}
    for place, path in enumerate(paths):
        *objects, last = path.split(".")
        node = root
        for name in objects:
            below = node.setdefault(name, {})
            if isinstance(below, int):
                raise _ambiguous(path)
            node = below
        if last in node:
            raise _ambiguous(path)
        node[last] = place
    return root


def leaves(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[tuple[int, tuple[str, ...]]]:
    """List the fields: place and path."""
    for name, node in tree.items():
        if isinstance(node, int):
            yield node, (*above, name)
        else:
            yield from leaves(node, (*above, name))


def branches(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """List the paths of the objects below the root."""
    for name, node in tree.items():
        if isinstance(node, dict):
            yield (*above, name)
            yield from branches(node, (*above, name))


def _ambiguous(path: str) -> ContractError:
    return ContractError(
        f"the JSON path {path} stands twice, or is both a field and an object",
        expected="each path once, and no path leading through another field",
        next_step="mend `sent_as` in the contract",
    )
