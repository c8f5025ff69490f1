"""Links to pages by their names, for texts that point to pages which may not be there."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from pages.support import navigation


def entry_of(name: str) -> navigation.Entry | None:
    """The listed page whose script is `<name>.py`, or None."""
    scripts = {entry.path.rsplit("/", 1)[-1]: entry for entry in navigation.ENTRIES}
    return scripts.get(f"{name}.py")


def listed_names() -> list[str]:
    """The names of all listed pages' scripts, as `entry_of` takes them, in reading order."""
    return [entry.path.rsplit("/", 1)[-1].removesuffix(".py") for entry in navigation.ENTRIES]


def draw_link(name: str, *, query: Iterable[tuple[str, str]] = ()) -> None:
    """A link to a listed page under its own title and icon; nothing for any other name."""
    entry = entry_of(name)
    if entry:
        st.page_link(entry.path, label=entry.title, icon=entry.icon, query_params=list(query))
