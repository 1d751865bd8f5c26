"""Print an answer: the templates, and the marks, colours and numbers they share."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from province_data.mail.figures import bar_width, clock, day, number, percent, whole
from province_data.mail.model import colour_of
from province_data.mail.theme import MARK
from province_data.mail.view import plain
from province_data.pages.asked import Answer, Asked
from province_data.pages.wording import TEXT, say

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}


def print_answer(answer: Answer, asked: Asked | None, language: str, base: str, here: str) -> str:
    """Print an answer; `base` is the address all pages begin with, `here` that of this one below it."""
    template = _environment().get_template(f"{answer.template}.html.j2")
    return template.render(
        {
            "asked": asked,
            "lang": language,
            "title": answer.title,
            "base": base,
            "here": here,
            "query": dict(asked.query) if asked else {},
            "languages": LANGUAGES,
            **answer.filled,
        }
    )


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "score": _score,
        "percent": _percent,
        "count": _count,
        "seconds": _seconds,
        "day": day,
        "clock": clock,
        "colour": colour_of,
        "bar": bar_width,
        "plain": plain,
        "age": _age,
    }
    environment.globals |= {"mark": {str(c): m for c, m in MARK.items()}, "say": _say, "link": _link, "texts": TEXT}
    return environment


@pass_context
def _say(context: Context, key: str, **filled: object) -> str:
    return say(key, str(context["lang"]), **filled)


@pass_context
def _link(context: Context, *parts: object, **query: object) -> str:
    """Give the address of a page; what is given as query stands behind it, empty values left out."""
    path = "/".join(quote(str(part), safe="") for part in parts)
    asked = urlencode({k: v for k, v in query.items() if v not in (None, "")})
    return f"{context['base']}/{path}" + (f"?{asked}" if asked else "")


@pass_context
def _score(context: Context, value: object) -> str:
    return number(value, _asked(context).words.notation)  # type: ignore[arg-type]


@pass_context
def _percent(context: Context, value: object) -> str:
    return percent(value, _asked(context).words.notation)  # type: ignore[arg-type]


@pass_context
def _count(context: Context, value: int) -> str:
    return whole(int(value), _asked(context).words.notation)


@pass_context
def _seconds(context: Context, value: float) -> str:
    return f"{value:.1f}".replace(".", _asked(context).words.notation.decimal)


@pass_context
def _age(context: Context, since: datetime) -> str:
    asked = _asked(context)
    return asked.say("days", days=max(0, (asked.now - since).days))


def _asked(context: Context) -> Asked:
    found = context["asked"]
    assert isinstance(found, Asked)
    return found
