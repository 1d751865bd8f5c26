"""Read YAML and remember on which line each key stood, so that an error can name it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from province_data.errors import ContractError


class Located(dict[str, Any]):
    """A mapping read from a file: `lines[key]` is the line of each key, `path` the file."""

    path: Path
    lines: dict[str, int]

    def where(self, key: str | None = None) -> str:
        """Say file and line of `key`, or of the first key."""
        line = self.lines.get(key, 0) if key else min(self.lines.values(), default=0)
        return f"{self.path.parent.name}/{self.path.name}, line {line}"

    def demand(self, key: str, kind: type | tuple[type, ...] = str) -> Any:
        """Return the value of a mandatory key; ContractError when it is missing or of another kind."""
        if key not in self:
            raise ContractError(f"the key {key!r} is missing", where=self.where(), expected=f"a value for {key!r}")
        return self.optional(key, kind)

    def optional(self, key: str, kind: type | tuple[type, ...] = str) -> Any:
        """Return the value of a key or None; ContractError when it is of another kind."""
        value = self.get(key)
        if value is not None and not isinstance(value, kind):
            raise ContractError(f"{key!r} has the wrong kind of value", where=self.where(key), expected=_name_of(kind))
        return value

    def only(self, allowed: Collection[str]) -> None:
        """Refuse any key that nobody reads: a misspelt key must not vanish."""
        for key in self:
            if key not in allowed:
                raise ContractError(f"unknown key {key!r}", where=self.where(key), expected=f"one of: {', '.join(sorted(allowed))}")


def _name_of(kind: type | tuple[type, ...]) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join({"dict": "a mapping", "list": "a list", "str": "text"}.get(k.__name__, k.__name__) for k in kinds)


def read_yaml(path: Path) -> Located:
    """Read one declaration file; ContractError names the line of a syntax error or a repeated key."""
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=_loader_for(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise ContractError("the file is not valid YAML", where=f"{path.parent.name}/{path.name}, line {line}") from None
    if not isinstance(found, Located):
        raise ContractError("the file holds no mapping", where=f"{path.parent.name}/{path.name}")
    return found


def _loader_for(file: Path) -> type[yaml.CSafeLoader]:
    class LocatingLoader(yaml.CSafeLoader):
        pass

    def construct(loader: Any, node: yaml.MappingNode) -> Located:
        result = Located()
        result.path, result.lines = file, {}
        for key_node, value_node in node.value:
            key = str(key_node.value)  # as written: YAML 1.1 would read a key `on` as true
            if key in result:
                line = key_node.start_mark.line + 1
                raise ContractError(f"the key {key!r} stands twice", where=f"{file.parent.name}/{file.name}, line {line}")
            result.lines[key] = key_node.start_mark.line + 1
            result[key] = loader.construct_object(value_node, deep=True)
        return result

    LocatingLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct)
    return LocatingLoader
