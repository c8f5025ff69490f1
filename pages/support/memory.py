"""What Python's garbage collector need not look at.

Streamlit has it go over every object there is after each run of a script (`runner.postScriptGC`).
With all the modules of a server that is 70 to 100 ms in which no page is sent anything: on a
two-line app's slider it is most of the time from the key press to the new value.
"""

from __future__ import annotations

import gc


def spare_the_collector() -> None:
    """Set aside all objects that are there now: modules, which live as long as the process does.

    Later garbage is collected as ever. Of what is set aside only cycles would stay, so this is
    called when the server starts and never while it is busy.
    """
    gc.freeze()
