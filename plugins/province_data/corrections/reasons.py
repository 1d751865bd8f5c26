"""Word why a row of answers cannot be taken, Vietnamese first; a reason holds no value."""

from __future__ import annotations

LONGEST_NOTE = 1_000
EMPTY = "(trống)"
"""What a province writes where the right value is none."""

UNKNOWN = "không có phát hiện này của tỉnh trong bộ dữ liệu / there is no such finding of the province in this dataset"
OTHER_KEY = "khóa bản ghi khác với khóa của phát hiện / the record key is not that of the finding"
NO_REPLY = "có giá trị nhưng chưa chọn câu trả lời / there is a value but no answer"
STRANGE_REPLY = "câu trả lời không có trong danh sách / the answer is not one of the list"
NO_VALUE = "thiếu giá trị đã sửa / the corrected value is missing"
LONG_NOTE = f"ghi chú dài quá {LONGEST_NOTE} ký tự / the note is longer than {LONGEST_NOTE} characters"
CONTRADICTS = "hai dòng nói khác nhau về cùng một điều / two rows say different things of the same"
NOT_A_FIELD = "không nói về một trường của bản ghi, phải gửi lại lần giao / not on a field of a record: send a new delivery"
NO_KEY = "bản ghi không có khóa, phải gửi lại trong lần giao / the record has no key: send it in a delivery"
GONE = "không còn bản ghi nào với khóa này / no record of this key is kept"
SEVERAL = "nhiều bản ghi cùng khóa, phải gửi lại trong lần giao / several records have this key: send them in a delivery"
TAKEN = "khóa mới đã thuộc về một bản ghi khác / the new key belongs to another record"
