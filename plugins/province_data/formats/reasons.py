"""Word why a record cannot be read, Vietnamese first; a reason names places and counts, never a value."""

from __future__ import annotations

import re

_NAME = re.compile(r"[^\W\d][\w.]{0,59}")

NEVER_CLOSED = "dấu nháy mở ở dòng này không được đóng / a quote opened on this line is never closed"
CUT_OFF = "tệp bị cắt giữa một ký tự / the file ends in the middle of a character"
AFTER_QUOTE = "có ký tự thừa sau dấu nháy đóng / text stands between a closing quote and the next delimiter"
NOT_TEXT = "có byte không thuộc bảng mã đã khai / the record holds bytes that are not in the declared encoding"
TOO_LARGE = "bản ghi quá lớn / the record is larger than allowed"
FIELD_TOO_LARGE = "một giá trị quá lớn / one value is larger than allowed"
NUL_CHARACTER = "có ký tự NUL (U+0000) / a value holds the character U+0000"
HALF_CHARACTER = "có nửa ký tự thay thế / a value holds half of a surrogate pair, which is no character"
TOO_DEEP = "JSON lồng quá sâu / the JSON is nested too deeply"
NOT_A_NUMBER = "NaN và Infinity không phải là JSON / NaN and Infinity are no JSON"


def wrong_width(found: int, expected: int) -> str:
    """Say that a record has too few or too many values."""
    return f"có {found} giá trị, cần {expected} / {found} values where {expected} are expected"


def beyond_header(column: str) -> str:
    """Say that a sheet holds a value in a column that the header does not name."""
    return f"có giá trị ở cột {column}, ngoài tiêu đề / a value stands in column {column}, beyond the header"


def not_json(problem: str, column: int) -> str:
    """Say where a line stops being JSON; `problem` is the parser's own wording, which quotes no input."""
    return f"không phải JSON hợp lệ ở ký tự {column} / not JSON at character {column}: {problem}"


def not_an_object(kind: str) -> str:
    """Say that a line is JSON but no object."""
    return f"dòng không phải là một đối tượng JSON / the line is {kind}, not an object"


def twice(key: str) -> str:
    """Say that a key stands twice in one object."""
    return f"khóa {shown(key)} lặp lại trong một đối tượng / the key {shown(key)} stands twice in one object"


def not_single(path: str, kind: str) -> str:
    """Say that a list or an object stands where one value belongs."""
    return f"{path} không phải là một giá trị đơn / {path} is {kind}, not a single value"


def no_object_at(path: str) -> str:
    """Say that a single value stands where an object belongs."""
    return f"{path} không phải là một đối tượng / {path} is not an object"


def shown(name: str) -> str:
    """Give a name of a column or key back only if it looks like one: a value in its place must not get into a message."""
    if _NAME.fullmatch(name) and sum(c.isdigit() for c in name) < 4:
        return name
    return f"(a name of {len(name)} characters)"
