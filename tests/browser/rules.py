"""Rules of accessibility, looked after by axe in a page as it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Rules that another theme can break on a page that has them kept in one: those about colours.
COLOURS = ("color-contrast", "link-in-text-block")


def violations(page: Page, within: str = "", rules: Sequence[str] = ()) -> list[dict]:
    """What axe finds in a page, or in what a selector finds there; by all its rules, or by some."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    call = f"axe.run({json.dumps(within) if within else 'document'}, {json.dumps(options)})"
    return page.evaluate(f"{call}.then(({{violations}}) => violations)")
