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
    parts = (part.proto for part in app.get("bidi_component"))
    return [
        json.loads(json.loads(part.json)["figure"])
        for part in parts
        if part.component_name == "chart"
    ]


def component_data(app: AppTest) -> dict:
    """What the page hands to its one script in the browser."""
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)
