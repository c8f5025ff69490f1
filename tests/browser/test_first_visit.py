"""The measurement of a page's first visit, on an app whose costs are known."""

from __future__ import annotations

import pytest

from tests.benchmarks.bench_first_visit import File, Visit, server_of, summary, visit

LETTERS = 50_000
LATER_MS, BUSY_MS = 400, 300
# It runs twice; its component adds an element to its shadow root a while after it was mounted, and
# keeps the browser busy a while after that.
APP = f'''
import streamlit as st

if "again" not in st.session_state:
    st.session_state["again"] = True
    st.rerun()
st.markdown("x" * {LETTERS})
late = st.components.v2.component("late", html="<p>late</p>", js="""
    const frames = (count, act) =>
        requestAnimationFrame(count ? () => frames(count - 1, act) : act);
    const compute = () => {{
        const end = performance.now() + {BUSY_MS};
        while (performance.now() < end);
    }};
    export default ({{ parentElement }}) => {{
        setTimeout(() => {{
            parentElement.append(document.createElement("hr"));
            frames(3, compute);
        }}, {LATER_MS});
    }};
""")
late(key="late")
'''


@pytest.fixture(scope="module")
def app_path(servers_folder):
    path = servers_folder / "late_app.py"
    path.write_text(APP)
    return path


def test_a_visit_ends_when_all_is_drawn_and_nothing_computes(browser, app_path, app_url):
    found = visit(browser, app_url, server_of(app_path))
    assert found.is_still
    assert len(found.finished) == 2
    assert 0 < found.asked < found.finished[0] < found.finished[-1]
    assert found.drawn - found.finished[-1] > LATER_MS / 1000 - 0.1
    assert found.idle - found.drawn > BUSY_MS / 1000 - 0.1
    assert found.page_work > BUSY_MS / 1000
    assert found.server_work > 0
    assert found.interactive == max(found.idle, found.arrived)
    sizes = dict(found.messages)
    assert LETTERS < sizes["markdown"] < LETTERS + 1_000
    assert len([kind for kind, _ in found.messages if kind == "script_finished"]) == 2
    assert found.files[0].address == f"{app_url}/"
    assert sum(file.size for file in found.files) > 1_000_000  # Streamlit's own scripts


@pytest.mark.parametrize(
    ("seconds", "runs", "mark"), [(1.9, 2, ""), (2.1, 1, " *"), (1.0, 3, " *")]
)
def test_a_page_over_the_budget_is_marked(seconds, runs, mark):
    page = File("http://127.0.0.1/", 0.0, 0.5, 2_000)
    ends = tuple(0.1 * (run + 1) for run in range(runs))
    one = Visit(0.05, ends, 0.4, seconds, (page,), (("markdown", 3_000),), 0.7, 0.2, is_still=True)
    said = summary("page", [one] * 3, peer=2.0).removeprefix("page")
    assert said.split()[:5] == [f"{seconds:.2f}", f"{seconds / 2:.2f}x", str(runs), "2", "3"]
    assert said.endswith(f"0.20{mark}")
