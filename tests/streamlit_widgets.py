"""What a browser sends for each kind of Streamlit widget, and what its address then says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState

STRINGS = "string_array_value"
# The field of WidgetState that holds the value of each kind of element.
FIELDS = {
    "slider": "double_array_value",
    "number_input": "double_value",
    "selectbox": "string_value",
    "radio": "string_value",
    "text_input": "string_value",
    "text_area": "string_value",
    "color_picker": "string_value",
    "checkbox": "bool_value",
    "expandable": "bool_value",
    "popover": "bool_value",
    "tab_container": "string_value",
    "button": "trigger_value",
    "download_button": "trigger_value",
    "button_group": STRINGS,
    "multiselect": STRINGS,
    "bidi_component": "json_value",
    "file_uploader": "file_uploader_state_value",
    "plotly_chart": "string_value",
    "arrow_data_frame": "string_value",
}


def field_of(kind: str, widget: Any) -> str:
    """The field of `WidgetState` in which the value of `widget` travels."""
    if kind == "slider" and widget.type == Slider.SELECT_SLIDER:
        return STRINGS
    return FIELDS[kind]


def widget_state(widget_id: str, field: str, value: Any) -> WidgetState:
    """`value` in `field` of the state of the widget with this id, whether it fits that or not.

    Lists go to the fields of arrays, of which a single value makes one; anything that is no string
    goes to a JSON field as JSON.

    >>> widget_state("a", "double_array_value", 3).double_array_value.data
    [3.0]
    >>> widget_state("b", "json_value", {"row": 1}).json_value
    '{"row": 1}'
    """
    state = WidgetState(id=widget_id)
    if field.endswith("array_value"):
        getattr(state, field).data.extend(_values(value))
    elif field == "file_uploader_state_value":
        state.file_uploader_state_value.CopyFrom(value)
    elif field == "string_trigger_value":
        state.string_trigger_value.data = value
    elif field.startswith("json") and not isinstance(value, str):
        setattr(state, field, json.dumps(value))
    else:
        setattr(state, field, value)
    return state


def in_address(kind: str, widget: Any, value: Any) -> list[str]:
    """What the address says of a widget that is bound to it: nothing if it has its default."""
    texts = [_text(one) for one in _values(value)]
    return [] if texts == _default(kind, widget) else texts


def _default(kind: str, widget: Any) -> list[str]:
    default = widget.default
    if kind == "button_group":
        return [widget.options[index].content for index in default]
    if kind == "multiselect" or (kind == "slider" and widget.type == Slider.SELECT_SLIDER):
        return [widget.options[int(index)] for index in default]
    if kind in ("selectbox", "radio"):
        return [widget.options[default]] if widget.HasField("default") else []
    return [_text(one) for one in _values(default)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _values(value: Any) -> list:
    is_one = isinstance(value, str) or not isinstance(value, Iterable)
    return [value] if is_one else list(value)
