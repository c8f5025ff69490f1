"""What every page is made of: its text, read from `assets/text`, and how it is set.

A text file is Markdown that reads well on its own. Its first heading is the page's title, what
follows is the lead, and a line `<!-- name -->` opens the section that the page shows by that name.
"""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).resolve().parent.parent.parent / "assets"
TEXTS = ASSETS / "text"
LINE_WIDTH = 680  # pixels: about 75 characters a line, the longest that is easy to read
_SECTION = re.compile(r"^<!-- ([a-z0-9_]+) -->\n", re.MULTILINE)


@dataclass(frozen=True)
class PageText:
    """A page's title, lead and named sections, all Markdown."""

    title: str
    lead: str
    sections: dict[str, str]

    def show(self, section: str, **values: object) -> None:
        """Write a section at reading width; `{name}` in it becomes `values["name"]`."""
        st.markdown(fill(self.sections[section], values), width=LINE_WIDTH)


def parse_text(markdown: str) -> PageText:
    """Cut a page's Markdown at its headings.

    >>> text = parse_text("# Pixels\\n\\nSmall squares.\\n\\n<!-- count -->\\nThere are {n}.\\n")
    >>> text.title, text.lead, text.sections
    ('Pixels', 'Small squares.', {'count': 'There are {n}.'})
    """
    head, *parts = _SECTION.split(markdown)
    title, _, lead = head.strip().partition("\n")
    sections = {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
    return PageText(title.removeprefix("# ").strip(), lead.strip(), sections)


def fill(markdown: str, values: dict[str, object]) -> str:
    """Put values in their places; every value must have one, other braces stay (formulas).

    >>> fill("{n} pixels, $\\\\frac{1}{2}$", {"n": 1024})
    '1024 pixels, $\\\\frac{1}{2}$'
    """
    for name, value in values.items():
        place = "{" + name + "}"
        if place not in markdown:
            raise KeyError(f"the text has no place {place}")
        markdown = markdown.replace(place, str(value))
    return markdown


def sentence(message: object) -> str:
    """What an error or a status says, as a sentence of its own.

    >>> sentence(ValueError("there is no run here."))
    'There is no run here.'
    """
    text = str(message)
    return text[:1].upper() + text[1:]


@contextlib.contextmanager
def runs_told() -> Iterator[None]:
    """Within it, what is the matter with a run or its folder is said in place of what follows, and
    the page goes on after it."""
    try:
        yield
    except ValueError as error:
        from cnnlib.records import RunError  # NumPy with it, which the first page does without

        if not isinstance(error, RunError):
            raise
        st.error(sentence(error), icon=":material/error:")


@cache
def icon() -> str:
    """The app's icon as a data address.

    A Material icon would be fetched from another host, and for a file Streamlit loads Pillow.
    """
    png = (ASSETS / "icon.png").read_bytes()
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


@st.cache_data(max_entries=100, show_spinner=False)
def page_text(name: str) -> PageText:
    """The text of page `name`, from `assets/text/<name>.md`."""
    return parse_text((TEXTS / f"{name}.md").read_text(encoding="utf-8"))


def open_page(name: str, **values: object) -> PageText:
    """Draw a page's title and lead, and return its text for the sections below."""
    text = page_text(name)
    st.title(text.title, anchor=False)
    st.markdown(fill(text.lead, values), width=LINE_WIDTH)
    return text
