"""Home: what this article is, in one screen, and where to start."""

from __future__ import annotations

from pages.support import open_page

open_page("welcome")
