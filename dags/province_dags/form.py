"""The fields of the trigger forms that several DAGs share, with what their reader has to know to fill them in."""

from __future__ import annotations

from airflow.sdk import Param

NO_PASSWORD = "^(?!.*://[^/]*:[^/]*@)"
"""What is typed here is kept and shown to everybody who may see the run; a password is refused before it is kept."""
SOURCE = """
Nơi lấy dữ liệu thay cho nguồn đã khai báo, chỉ cho lượt chạy này. Để trống: theo khai báo.

- **Thư mục** trên máy chạy việc này, gõ đủ từ dấu /. Bên trong là bộ/ngày/tỉnh: gõ **/srv/giao-nop** nếu lần gửi nằm ở
  /srv/giao-nop/{example}/2026-10-31/24.
- **Địa chỉ** https hoặc postgresql, **không ghi mật khẩu**: máy chủ đã khai báo thì dùng mật khẩu đã khai báo.

Nhìn lại ô trước khi bấm Trigger. Gõ sai thì lượt chạy dừng ngay ở bước *Lấy về*, chưa lấy gì, và nhật ký chỉ ra chỗ sai.
"""
"""No code marks: the form draws them over the lines beside them."""


def source_field(example: str) -> Param:
    """Ask for another source than the declared one; `example` is the dataset whose folder the help text names."""
    return Param(
        None,
        type=["null", "string"],
        maxLength=500,
        pattern=NO_PASSWORD,
        title="Nguồn khác",
        description_md=SOURCE.format(example=example),
    )


def until_field() -> Param:
    """Ask up to which day deliveries are taken."""
    return Param(
        None,
        type=["null", "string"],
        format="date",
        title="Số liệu đến ngày",
        description_md="Chỉ nhận lần gửi có số liệu đến hết ngày này. Để trống: theo kỳ của lượt chạy nếu có, nếu không thì tất cả.",
    )
