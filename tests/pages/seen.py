"""What a visitor sees on a page under test."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest


def metrics(app: AppTest) -> dict[str, str]:
    """The page's metrics, by their labels."""
    return {metric.label: metric.value for metric in app.metric}


def captions(app: AppTest, row: int = 0) -> list[str]:
    """What stands under the images of one row of them."""
    return [image.caption for image in app.get("image")[row].proto.imgs]


def words(app: AppTest) -> str:
    """The page's texts, without captions and messages."""
    return "\n".join(text.value for text in app.markdown)


def charts(app: AppTest) -> list[dict]:
    """The figures that the page draws with a script of ours, as `cnnlib.chart` gives them."""
    return [json.loads(data["figure"]) for data in _sent(app, "chart")]


def codes(app: AppTest) -> list[str]:
    """The lines of Python that the page shows."""
    return [data["code"] for data in _sent(app, "code")]


def _sent(app: AppTest, name: str) -> list[dict]:
    """What all components of that name are handed."""
    parts = (part.proto for part in app.get("bidi_component"))
    return [json.loads(part.json) for part in parts if part.component_name == name]


def component_data(app: AppTest) -> dict:
    """What the page hands to its one script in the browser."""
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)
