"""What runs on other machines: a scheduler on one, and a worker on each that is to train.

    export CNN_SCHEDULER=tls://trainer:8786     on all of them, where the scheduler is
    python -m cnnlib.machines scheduler
    python -m cnnlib.machines worker

They are Dask's own commands with the settings that the cluster on one machine has, and take Dask's
options. A scheduler has its workers run what it is sent, so neither starts without a certificate,
which Dask's settings name: DASK_DISTRIBUTED__COMM__TLS__CA_FILE and the like.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import dask.config

from cnnlib.cluster import settings
from cnnlib.limits import LIMITS

# The page that Dask would serve is open to all, and a run's id, which is on it, is a secret.
NO_PAGE = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")


def options(role: str, address: str) -> list[str]:
    """Options of `dask scheduler` or `dask worker`, for a scheduler at an address.

    A worker trains one run at a time. ValueError for an address or settings without TLS.

    >>> options("worker", "tcp://trainer:8786")
    Traceback (most recent call last):
    ValueError: CNN_SCHEDULER is an address such as tls://trainer:8786; it is 'tcp://trainer:8786'.
    """
    if role not in ("scheduler", "worker"):
        raise ValueError(f"say scheduler or worker; you said {role!r:.40}.")
    port = _port(address)
    if port is None:
        raise ValueError(
            f"CNN_SCHEDULER is an address such as tls://trainer:8786; it is {address!r:.80}."
        )
    for name in ("ca-file", f"{role}.cert"):
        if not dask.config.get(f"distributed.comm.tls.{name}", default=None):
            variable = name.replace(".", "__").replace("-", "_").upper()
            raise ValueError(
                f"DASK_DISTRIBUTED__COMM__TLS__{variable} names no file. Without a certificate "
                "anybody could run programs on the machines that train; README has how to make one."
            )
    if role == "scheduler":
        return ["--protocol", "tls", "--port", str(port), *NO_PAGE]
    # Dask's own limit is a worker's share of the processors, too little for TensorFlow on many.
    memory = str(round(LIMITS.process_bytes))
    return [address, "--nthreads", "1", "--nworkers", "1", "--memory-limit", memory, *NO_PAGE]


def _port(address: str) -> int | None:
    """The port of tls://name:port; None for any other address."""
    try:
        parts = urlsplit(address)
        return parts.port if parts.scheme == "tls" and parts.hostname else None
    except ValueError:
        return None


def main(arguments: Sequence[str]) -> Any:
    """Run what the first argument names until it is told to end; the others are Dask's options."""
    role, *further = arguments or [""]
    dask.config.set(settings())
    try:
        chosen = options(role, os.environ.get("CNN_SCHEDULER", ""))
    except ValueError as error:
        sys.exit(str(error))
    if role == "scheduler":
        from distributed.cli.dask_scheduler import main as command
    else:
        from distributed.cli.dask_worker import main as command
    return command(chosen + further)


if __name__ == "__main__":
    main(sys.argv[1:])
