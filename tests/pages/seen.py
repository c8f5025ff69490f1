"""What a visitor sees on a page under test."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def metrics(app: AppTest) -> dict[str, str]:
    """The page's metrics, by their labels."""
    return {metric.label: metric.value for metric in app.metric}


def captions(app: AppTest, row: int = 0) -> list[str]:
    """What stands under the images of one row of them."""
    return [image.caption for image in app.get("image")[row].proto.imgs]
