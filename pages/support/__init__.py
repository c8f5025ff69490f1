"""What the pages share: their text and pictures, cached data, the engine, the list of pages.

The only part of the project besides the pages that knows Streamlit.
"""

from __future__ import annotations

from pages.support.data import load_dataset
from pages.support.jobs import engine, store
from pages.support.page import open_page

__all__ = ["engine", "load_dataset", "open_page", "store"]
