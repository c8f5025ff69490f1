"""Small drawings as SVG text, in a colour that can be seen on white and on near-black."""

from __future__ import annotations

import math

from cnnlib.layers import Shape

SIDE = 74.0  # pixels of the largest picture side
COLOUR = "#0D9488"
SLANT = 0.32  # how far a box's depth runs sideways and up


def volume_svg(shape: Shape, largest: int, most_channels: int, longest: int) -> str:
    """A box whose face is height x width and whose length stands for the channels.

    `largest` is the largest side and `most_channels` the largest length of all boxes that are to be
    compared, `longest` the most numbers of a flat shape. Sides are to scale; lengths grow with the
    square root, or 512 channels would not fit beside 1. A flat shape is a rod, whose height grows
    with the square root of its numbers.
    """
    if len(shape) == 1:
        face_height, depth = max(SIDE * math.sqrt(shape[0] / longest), 2.0), 0.0
        length = 7.0
    else:
        face_height = max(SIDE * shape[0] / largest, 4.0)
        depth = max(SIDE * shape[1] / largest, 4.0) * SLANT
        length = max(52 * math.sqrt(shape[2] / most_channels), 3.0)
    width, height = length + depth + 2, SIDE * (1 + SLANT) + 2
    top = height - 1 - face_height
    front = f"M1 {top:.1f}h{length:.1f}v{face_height:.1f}h{-length:.1f}z"
    lid = f"M1 {top:.1f}l{depth:.1f} {-depth:.1f}h{length:.1f}l{-depth:.1f} {depth:.1f}z"
    flank = (
        f"M{1 + length:.1f} {top:.1f}l{depth:.1f} {-depth:.1f}v{face_height:.1f}"
        f"l{-depth:.1f} {depth:.1f}z"
    )
    faces = ((front, 0.12), (lid, 0.06), (flank, 0.3))
    paths = "".join(
        f'<path d="{path}" fill="{COLOUR}" fill-opacity="{opacity}" '
        f'stroke="{COLOUR}" stroke-width="1" stroke-linejoin="round"/>'
        for path, opacity in faces
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.1f} {height:.1f}">{paths}</svg>'
    )
