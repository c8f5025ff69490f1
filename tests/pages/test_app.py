"""The router: every page is reached, named, and linked to its neighbours; starting it is light."""

from __future__ import annotations

import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cnnlib import colours
from pages.support import arrivals, jobs, navigation
from pages.support.jobs import warm_engine
from pages.support.page import TEXTS, fill, parse_text

ROOT = Path(__file__).resolve().parent.parent.parent
HEAVY = ("keras", "tensorflow", "distributed", "pandas", "cnnlib.figures")


def test_home_is_shown_first_and_names_the_outlines_author(visit):
    app = visit("pages/introduction/welcome.py")
    assert app.title[0].value == "Convolution neural networks made easy with Keras"
    assert any("Wang Ming Rui" in caption.value for caption in app.caption)


@pytest.mark.parametrize("entry", navigation.ENTRIES, ids=lambda entry: entry.url_path)
def test_every_listed_page_opens_without_an_exception(visit, entry):
    assert visit(entry.path).title


def test_every_page_script_is_listed_and_every_listed_script_exists():
    folders = (folder for folder in (ROOT / "pages").iterdir() if folder.name != "support")
    scripts = {
        script.relative_to(ROOT).as_posix() for folder in folders for script in folder.glob("*.py")
    }
    assert scripts == {entry.path for entry in navigation.ENTRIES}


def test_addresses_are_readable_and_unlike_each_other():
    addresses = [entry.url_path for entry in navigation.ENTRIES]
    assert "what-a-computer-sees" in addresses
    assert len(set(addresses)) == len(addresses)


def test_neighbours_follow_the_table():
    first, second, third = navigation.ENTRIES[:3]
    assert navigation.neighbours("") == (None, second)
    assert navigation.neighbours(second.url_path) == (first, third)
    assert navigation.neighbours(navigation.ENTRIES[-1].url_path)[1] is None


def test_the_foot_links_to_the_pages_before_and_after(visit):
    before, page, after = navigation.ENTRIES[:3]
    links = [link.value for link in visit(page.path).page_link]
    assert links[-2:] == [before.title, after.title]


@pytest.mark.parametrize("first", [True, False])
def test_only_the_first_run_dismisses_the_false_alarm(visit, monkeypatch, first):
    monkeypatch.setattr(arrivals, "is_first_run", lambda: first)
    scripts = [html.value for html in visit("pages/introduction/welcome.py").html]
    assert any("Close" in script for script in scripts) == first


def test_nothing_heavy_is_loaded_to_show_home():
    script = """
import sys
from streamlit.testing.v1 import AppTest
from pages.support import jobs
jobs.warm_engine = lambda: None
app = AppTest.from_file("app.py", default_timeout=30).run()
assert not app.exception
print(*[name for name in sys.argv[1:] if name in sys.modules])
"""
    command = [sys.executable, "-c", script, *HEAVY]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []


def test_the_router_imports_nothing_of_streamlit_in_a_worker():
    script = """
import runpy, sys
runpy.run_path("app.py", run_name="__mp_main__")
print("streamlit" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout.strip() == "False"


def test_the_worker_is_warmed_once_and_not_at_once(monkeypatch):
    warmed = threading.Event()
    monkeypatch.setattr(jobs, "WARM_AFTER_SECONDS", 0.05)
    monkeypatch.setattr(
        jobs, "engine", lambda: SimpleNamespace(warm=warmed.set, is_warm=True, is_on_demand=False)
    )
    monkeypatch.setattr(jobs, "LATER_MODULES", ())
    warm_engine.clear()
    warm_engine()
    assert not warmed.is_set()
    assert warmed.wait(5)
    warmed.clear()
    warm_engine()
    assert not warmed.wait(0.2)


@pytest.mark.parametrize("number", ["9" * 400, "-1e400", "inf", "Infinity"])
@pytest.mark.parametrize("page", ["game_changer/filtering", "first_models/training"])
def test_an_endless_number_in_an_address_falls_back(visit, page, number):
    key = "filtering_question" if "filtering" in page else "train_seed"
    app = visit(f"pages/{page}.py", {key: number})  # without an exception
    assert app.title[0].value.lower() in page
    assert app.query_params.get(key) != number


def test_the_collector_is_spared_what_is_there_and_still_finds_later_garbage():
    script = """
import gc, weakref, json, http.client
from pages.support.memory import spare_the_collector
spare_the_collector()
assert gc.get_freeze_count() > 1_000 and len(gc.get_objects()) < 1_000
class Knot: pass
knot = Knot(); knot.self = knot
gone = weakref.ref(knot)
del knot
gc.collect(2)
assert gone() is None
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_a_page_text_is_cut_at_its_marks():
    text = parse_text(
        "# Title\n\nLead.\n\n<!-- one -->\n## Heading\n\nBody {n}.\n\n<!-- two -->\nEnd."
    )
    assert (text.title, text.lead) == ("Title", "Lead.")
    assert text.sections == {"one": "## Heading\n\nBody {n}.", "two": "End."}


def test_filling_in_a_value_that_has_no_place_is_an_error():
    with pytest.raises(KeyError, match=r"no place \{count\}"):
        fill("There are {n}.", {"count": 3})


@pytest.mark.parametrize("file", sorted(TEXTS.glob("*.md")), ids=lambda file: file.stem)
def test_every_text_has_a_title_and_a_lead(file):
    text = parse_text(file.read_text(encoding="utf-8"))
    assert text.title
    assert text.lead


def test_the_themes_scales_are_those_of_the_feature_maps():
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
    steps = np.linspace(-1, 1, 10)
    assert theme["chartDivergingColors"] == _hex(colours.signed(steps, 1.0))
    assert theme["chartSequentialColors"] == _hex(colours.magnitude((steps + 1) / 2, 1.0))


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_text_and_accent_stand_out_from_every_ground(appearance):
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][appearance]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"]]
    for ground in grounds:
        assert _contrast(theme["textColor"], ground) >= 7
        assert _contrast(theme["primaryColor"], ground) >= 4.5
        assert _contrast(theme["linkColor"], ground) >= 4.5


def _hex(colour_rows):
    return ["#{:02X}{:02X}{:02X}".format(*row) for row in colour_rows]


def _contrast(first: str, second: str) -> float:
    """Contrast ratio of two "#RRGGBB" colours (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
