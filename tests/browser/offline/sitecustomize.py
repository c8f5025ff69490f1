"""A cable pulled out: every Python that starts with this folder on its path has no network.

What it asks another machine for is refused, as it is where there is none, and noted in the file
that TESTS_OUTSIDE names. Processes that it starts have neither.
"""

import errno
import os
import socket
import sys

HERE = ("127.", "localhost", "::1", "0.0.0.0")  # this machine, and "any of its addresses"


def is_here(host: object) -> bool:
    """Whether it is this machine's own address or name, or a socket that is a file."""
    name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "127.")
    return name.startswith(HERE) or name.lower() in {"::", socket.gethostname().lower()}


def refuse(event: str, given: tuple) -> None:
    """An audit hook: connections and names of other machines end here."""
    if event == "socket.connect":
        asker, address = given
        # A datagram socket that is told its partner sends nothing yet.
        if asker.type == socket.SOCK_DGRAM or not isinstance(address, tuple):
            return
        host = address[0]
    elif event == "socket.getaddrinfo":
        host = given[0]
    else:
        return
    if is_here(host):
        return
    with open(os.environ["TESTS_OUTSIDE"], "a", encoding="utf-8") as notes:
        notes.write(f"{event} {host}\n")
    raise OSError(errno.ENETUNREACH, "the network is cut off for this test")


if "TESTS_OUTSIDE" in os.environ:
    sys.addaudithook(refuse)
