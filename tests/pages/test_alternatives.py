"""What the sources say to those who do not see, or do not want to see things move.

What of this shows when a page opens is looked after in a browser, by tests/browser/test_access.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ("image", "plotly_chart", "draw_chart")
STYLES = sorted((ROOT / "assets").rglob("*.css"))


def drawn_pictures() -> Iterator[tuple[str, ast.Call]]:
    """Every call of functions that draw pictures, with where it stands."""
    for file in sorted((ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if getattr(called, "attr", getattr(called, "id", None)) in PICTURES:
                yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def test_every_picture_is_drawn_with_words_for_it():
    calls = list(drawn_pictures())
    assert len(calls) > 30
    wordless = [
        where for where, call in calls if not {"alt"} & {word.arg for word in call.keywords}
    ]
    assert wordless == []


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.stem)
def test_what_moves_does_so_only_for_those_who_like_it(style):
    rules = re.sub(r"/\*.*?\*/", "", style.read_text(encoding="utf-8"), flags=re.DOTALL)
    moving = re.findall(r"\b(?:transition|animation)(?:-\w+)?:\s*(?!none)[^;}]+", rules)
    assert not moving or "prefers-reduced-motion" in rules
