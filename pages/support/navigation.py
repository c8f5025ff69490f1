"""The pages of the article in reading order: the one table behind the sidebar and the foot links.

A new page is one more `Entry` in `ENTRIES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import streamlit as st

INTRODUCTION = "Introduction"
FIRST_MODELS = "Building your first models"
VISUALIZING = "Visualizing your CNN"
CLASSIFY = "Putting it to use"


@dataclass(frozen=True)
class Entry:
    """One page: its script, and what the sidebar and the browser's title bar say of it."""

    section: str
    path: str
    title: str
    icon: str
    help: str

    @property
    def url_path(self) -> str:
        """The page's address: `pages/introduction/what_a_computer_sees.py` gives
        `what-a-computer-sees`."""
        name = self.path.rsplit("/", 1)[-1].removesuffix(".py")
        return name.replace("_", "-")


ENTRIES = (
    Entry(
        INTRODUCTION,
        "pages/introduction/welcome.py",
        "Welcome",
        ":material/home:",
        "What this article is, and where to start.",
    ),
)


def pages() -> dict[str, list[st.Page]]:
    """What `st.navigation` takes: the pages under their section's heading. The first is home."""
    by_section = groupby(ENTRIES, key=lambda entry: entry.section)
    return {section: [_page(entry) for entry in entries] for section, entries in by_section}


def _page(entry: Entry) -> st.Page:
    return st.Page(
        entry.path,
        title=entry.title,
        icon=entry.icon,
        help=entry.help,
        default=entry is ENTRIES[0],
        url_path="" if entry is ENTRIES[0] else entry.url_path,
    )


def neighbours(url_path: str) -> tuple[Entry | None, Entry | None]:
    """The entries before and after the page with this address, None at either end."""
    addresses = ["", *(entry.url_path for entry in ENTRIES[1:])]
    position = addresses.index(url_path)
    before = ENTRIES[position - 1] if position else None
    after = ENTRIES[position + 1] if position + 1 < len(ENTRIES) else None
    return before, after


def draw_foot(url_path: str) -> None:
    """Links to the previous and the next page, at the foot of every page but home."""
    before, after = neighbours(url_path)
    if before is None:
        return
    st.space("medium")
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.page_link(before.path, label=before.title, icon=":material/arrow_back:")
        if after:
            st.page_link(
                after.path,
                label=after.title,
                icon=":material/arrow_forward:",
                icon_position="right",
            )
