"""Lay a document out in the form of Vietnam's administrative papers: Nghị định 30/2020/NĐ-CP, Phụ lục I.

A4, margins 20/20/30/20 mm, letters in the manner of Times New Roman, heading in two columns, number and date left open,
page numbers in the middle of the top margin from the second page on. The same contents give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, HRFlowable, KeepTogether, PageTemplate, Paragraph, Spacer, Table

FAMILY = "Tinos"
STYLES = {"Regular": "", "Bold": "-Bold", "Italic": "-Italic", "BoldItalic": "-BoldItalic"}
TOP, BOTTOM, LEFT, RIGHT = 20 * mm, 20 * mm, 30 * mm, 20 * mm
WIDTH = A4[0] - LEFT - RIGHT
RULE = HexColor("#8a949c")
HEADING_FILL = HexColor("#eef1f3")
DOTS = "…………"


@dataclass(frozen=True)
class Paper:
    """What stands around the contents of a document; everything left open is filled in by hand."""

    organisation: Sequence[str]
    """The lines of the higher and of the issuing organisation; the last one is set in bold."""
    number: str
    place: str
    kind: str
    """For example BÁO CÁO."""
    subject: str
    receivers: Sequence[str]
    signer: Sequence[str]
    """The lines of the office that signs, in capitals."""


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading, its share of the width, and whether it holds figures."""

    heading: str
    share: float
    is_figure: bool = False


@lru_cache(maxsize=1)
def _fonts() -> None:
    """Register the four faces once for the life of the program."""
    for style, ending in STYLES.items():
        registerFont(TTFont(FAMILY + ending, Path(__file__).parent / "fonts" / f"{FAMILY}-{style}.ttf"))
    registerFontFamily(FAMILY, FAMILY, f"{FAMILY}-Bold", f"{FAMILY}-Italic", f"{FAMILY}-BoldItalic")


def _style(name: str, size: float, alignment: int = TA_JUSTIFY, *, ending: str = "", **more: float) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=FAMILY + ending, fontSize=size, leading=size * 1.25, alignment=alignment, **more)


LEAD_IN = _style("lead in", 13, spaceAfter=4, firstLineIndent=10 * mm, keepWithNext=1)
BODY = _style("body", 13, spaceAfter=4, firstLineIndent=10 * mm)
CHAPTER = _style("chapter", 13, ending="-Bold", spaceBefore=8, spaceAfter=4, firstLineIndent=10 * mm, keepWithNext=1)
NOTE = _style("note", 11, spaceAfter=3)
CENTRED = _style("centred", 13, TA_CENTER)
SMALL = _style("small", 12, TA_CENTER)
CELL = _style("cell", 10.5, 0)
FIGURE = _style("figure", 10.5, TA_RIGHT)
CELL_HEADING = _style("cell heading", 10.5, TA_CENTER, ending="-Bold")
RECEIVER = _style("receiver", 11, 0)


def text(words: str, style: ParagraphStyle = BODY) -> Paragraph:
    """Set a paragraph of plain words."""
    _fonts()
    return Paragraph(escape(words).replace(" %", "\u00a0%"), style)


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Table:
    """Set a table with a heading that is repeated on every page."""
    _fonts()
    heading = [Paragraph(escape(c.heading), CELL_HEADING) for c in columns]
    cells = [[Paragraph(escape(v), FIGURE if c.is_figure else CELL) for c, v in zip(columns, row, strict=True)] for row in rows]
    whole = sum(c.share for c in columns)
    set_table = Table([heading, *cells], colWidths=[WIDTH * c.share / whole for c in columns], repeatRows=1, spaceBefore=2, spaceAfter=6)
    set_table.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.5, RULE),
            ("BACKGROUND", (0, 0), (-1, 0), HEADING_FILL),
            ("VALIGN", (0, 0), (-1, 0), "MIDDLE"),
            ("VALIGN", (0, 1), (-1, -1), "TOP"),
            *((side, (0, 0), (-1, -1), 3) for side in ("LEFTPADDING", "RIGHTPADDING", "TOPPADDING", "BOTTOMPADDING")),
        ]
    )
    return set_table


def print_paper(paper: Paper, contents: Sequence[Flowable], title: str) -> bytes:
    """Print a document as PDF; `title` is what a reader's window shows."""
    _fonts()
    out = BytesIO()
    document = BaseDocTemplate(
        out, pagesize=A4, leftMargin=LEFT, rightMargin=RIGHT, topMargin=TOP, bottomMargin=BOTTOM,
        title=title, author="province-data", subject=paper.subject, lang="vi", invariant=True,
        initialFontName=FAMILY,
    )  # fmt: skip
    frame = Frame(LEFT, BOTTOM, WIDTH, A4[1] - TOP - BOTTOM, id="page", leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    document.addPageTemplates(
        [PageTemplate("first", [frame], autoNextPageTemplate="later"), PageTemplate("later", [frame], onPage=_number_page)]
    )
    document.build([*_head(paper), *contents, KeepTogether(_foot(paper))])
    return out.getvalue()


def _number_page(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont(FAMILY, 13)
    canvas.drawCentredString(A4[0] / 2, A4[1] - 12 * mm, str(document.page))


def _line(share: float) -> HRFlowable:
    return HRFlowable(width=f"{share:.0%}", thickness=0.7, color=Color(0, 0, 0), spaceBefore=4, spaceAfter=3, hAlign="CENTER")


def _head(paper: Paper) -> list[Flowable]:
    *higher, issuing = (escape(line) for line in paper.organisation)
    left: list[Flowable] = [Paragraph(line, SMALL) for line in higher]
    left += [Paragraph(f"<b>{issuing}</b>", SMALL), _line(0.4), Paragraph(escape(paper.number), CENTRED)]
    right = [
        Paragraph("<b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</b>", SMALL),
        Paragraph("<b>Độc lập - Tự do - Hạnh phúc</b>", CENTRED),
        _line(0.62),
        Paragraph(f"<i>{escape(paper.place)}</i>", CENTRED),
    ]
    columns = Table([[left, right]], colWidths=[WIDTH * 0.42, WIDTH * 0.58])
    columns.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("ALIGN", (0, 0), (-1, -1), "CENTER"),
            *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP")),
        ]
    )
    subject = [
        Paragraph(f"<b>{escape(paper.kind)}</b>", _style("kind", 14, TA_CENTER)),
        Paragraph(f"<b>{escape(paper.subject)}</b>", CENTRED),
    ]
    return [columns, Spacer(1, 5 * mm), *subject, _line(0.25), Spacer(1, 3 * mm)]


def _foot(paper: Paper) -> list[Flowable]:
    left = [Paragraph("<b><i>Nơi nhận:</i></b>", _style("receivers", 12, 0)), *(text(f"- {one}", RECEIVER) for one in paper.receivers)]
    right = [
        *(Paragraph(f"<b>{escape(line)}</b>", CENTRED) for line in paper.signer),
        Paragraph("<i>(Ký, ghi rõ họ tên, đóng dấu)</i>", SMALL),
        Spacer(1, 26 * mm),
    ]
    columns = Table([[left, right]], colWidths=[WIDTH * 0.48, WIDTH * 0.52])
    columns.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    return [Spacer(1, 6 * mm), columns]
