"""The two-line Streamlit app that pages are measured beside, and how either is opened."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import server

TWO_LINES = "import streamlit as st\nst.markdown(f\"Value {st.slider('Value', 0, 100, 50)}\")\n"
PATIENCE_MS = 60_000


def two_line_app(folder: Path) -> Path:
    """The app, written into a folder."""
    path = folder / "two_lines.py"
    path.write_text(TWO_LINES)
    return path


def opened(browser: Browser, url: str, **context) -> Page:
    """A page, settled, in a context of its own with these settings."""
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    return server.settled(page)
