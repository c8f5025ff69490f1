"""A square of paper to draw on."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.pixels import ImageError, decode_image
from pages.support.components import script

MOST_PIXELS = 16 * 280**2  # a browser may draw four pixels for each of ours, and no more
SIDE = 280  # pixels: narrower than a phone, so that a finger beside it can scroll the page
# White paper whatever the theme: the canvas throws the drawing away when its colour changes.
PAPER, INK = "#ffffff", "#000000"
PEN_WIDTHS = (4, 40)
USUAL_PEN = 18
NAME = "The paper, to draw on with a pointer or a finger; Upload and Sample do without"
_spoken_name = st.components.v2.component("spoken_name", js=script("spoken_name"))


def draw_canvas(label: str, *, key: str) -> np.ndarray | None:
    """Draw the paper, its pen and its Clear button; what is drawn on it, None while it is blank.

    Returns (height, width, 4) uint8 after every stroke. Raises ImageError, as `decode_image`, for
    something that the canvas would not send.
    """
    # The only page that needs the canvas waits for it, and only when somebody draws.
    from streamlit_drawable_canvas import st_canvas

    sheet = f"{key}_sheet"
    number = st.session_state.setdefault(sheet, 0)
    pen = st.session_state.get(f"{key}_pen", USUAL_PEN)
    with st.container(gap="small"):
        # The canvas's own toolbar opens over this line, on its right.
        st.markdown(label)
        try:
            result = st_canvas(
                stroke_width=pen,
                stroke_color=INK,
                background_color=PAPER,
                width=SIDE,
                height=SIDE,
                return_image_data=True,
                key=f"{key}_canvas_{number}",
            )
        except (AttributeError, KeyError, TypeError):  # what no canvas would send
            result = None
        within = f'[class*="st-key-{key}_canvas"]'
        data = {"within": within, "picture": "canvas.upper-canvas", "name": NAME}
        _spoken_name(data=data, key=f"spoken_name_{key}")
        _draw_controls(key, sheet)
    return read_canvas(result)


def read_canvas(result) -> np.ndarray | None:
    """The pixels of a canvas, (height, width, 4) uint8; None if there is no stroke on it.

    What a client sends is opened like any other visitor's file; ImageError if it is no picture.
    """
    try:
        strokes, data = (result.json_data or {}).get("objects"), result.image_bytes
    except (AttributeError, TypeError, ValueError) as error:
        raise ImageError("The drawing did not arrive whole. Clear it and draw again.") from error
    if not strokes or data is None:
        return None
    rgb = decode_image(data, max_pixels=MOST_PIXELS)
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def _draw_controls(key: str, sheet: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.slider("Pen width", *PEN_WIDTHS, USUAL_PEN, key=f"{key}_pen", width=160)
        st.button(
            "Clear", icon=":material/delete:", key=f"{key}_clear", on_click=_turn, args=(sheet,)
        )


def _turn(sheet: str) -> None:
    st.session_state[sheet] += 1
