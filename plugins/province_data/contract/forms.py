"""Say how a value of a column is written by those who send it, so that a correction is written the same way."""

from __future__ import annotations

from province_data.contract.model import Column, ColumnType, Table


def expected_form(column: Column, table: Table) -> str:
    """Describe in Vietnamese how the sender writes a column; empty for free text, whose form its rule explains."""
    if column.form:
        return column.form
    decimal = "dấu phẩy" if table.dialect.decimal == "," else "dấu chấm"
    match column.type:
        case ColumnType.DATE:
            return "ngày dạng 31/12/2026" if table.dialect.date == "DMY" else "ngày dạng 2026-12-31"
        case ColumnType.PARTIAL_DATE:
            return "ngày dạng 2026-12-31, 2026-12 hoặc 2026"
        case ColumnType.TIMESTAMP:
            return "thời điểm dạng 2026-12-31T08:00:00+07:00"
        case ColumnType.INTEGER | ColumnType.MONEY:
            return "số nguyên, không có dấu nhóm"
        case ColumnType.DECIMAL | ColumnType.DOUBLE:
            return f"số, dấu thập phân là {decimal}, không có dấu nhóm"
        case ColumnType.TEXT:
            return ""
