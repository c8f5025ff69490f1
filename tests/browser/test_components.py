"""How components live: Streamlit calls a script anew for new data, and ends calls it has overtaken.

Scripts run as they are sent to the browser, in a page of their own, without a server.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page

from pages.support.components import FOLDER, script

pytestmark = pytest.mark.browser

EPOCHS = {"title": "Epoch", "epochs": 9, "last": 9}
TOLD = "() => window.told"

# What Streamlit does: `call(data)` calls the script and returns a function that ends that call.
HOST = """async ([html, script]) => {
  window.told = [];
  const parentElement = document.createElement("div").attachShadow({mode: "open"});
  parentElement.innerHTML = html;
  document.body.replaceChildren(parentElement.host);
  const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
  const run = (await import(url)).default;
  const tell = (name, value) => window.told.push([name, value]);
  const ways = {parentElement, setTriggerValue: tell, setStateValue: tell};
  window.call = (data) => run({data, ...ways});
  window.part = (name) => parentElement.querySelector(`[data-part="${name}"]`);
  window.move = (epoch) => {
    part("range").value = epoch;
    part("range").dispatchEvent(new Event("input"));
  };
}"""


@pytest.fixture
def scrub(browser: Browser) -> Page:
    """A page with the slider over epochs, which shows epoch 0."""
    page = browser.new_page()
    html = (FOLDER / "scrub.html").read_text(encoding="utf-8")
    page.evaluate(HOST, [html, script("scrub")])
    page.evaluate(f"() => {{ window.end = call({json.dumps(EPOCHS | {'epoch': 0})}); }}")
    yield page
    page.close()


def show(epoch: int) -> str:
    return f"call({json.dumps(EPOCHS | {'epoch': epoch})})"


def test_a_move_outlives_the_end_of_an_overtaken_call(scrub):
    scrub.evaluate(f"() => {{ move(1); move(2); {show(0)}; end(); }}")
    scrub.wait_for_function("() => window.told.length > 0")
    assert scrub.evaluate("() => part('range').value") == "2"
    scrub.evaluate("() => move(3)")
    scrub.wait_for_function("() => window.told.length > 1")
    assert scrub.evaluate(TOLD) == [["epoch", 2], ["epoch", 3]]  # one slider, a message a move


def test_a_call_that_is_overtaken_before_the_next_one_ends_nothing(scrub):
    scrub.evaluate(f"() => {{ move(1); move(2); end(); {show(1)}; }}")
    scrub.wait_for_function("() => window.told.length > 0")
    assert scrub.evaluate("() => part('range').value") == "2"
    assert scrub.evaluate(TOLD) == [["epoch", 2]]


def test_the_thumb_stays_until_its_own_move_is_answered(scrub):
    values = scrub.evaluate(
        f"""() => {{
          move(2);
          {show(1)};
          const late = part("range").value;
          {show(2)};
          {show(5)};
          return [late, part("range").value];
        }}"""
    )
    assert values == ["2", "5"]


def test_what_waits_is_dropped_once_the_element_is_gone(scrub):
    scrub.evaluate("() => { move(4); document.body.replaceChildren(); end(); }")
    scrub.wait_for_timeout(300)  # a message would have gone after 60 ms
    assert scrub.evaluate(TOLD) == []
