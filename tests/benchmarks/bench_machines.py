"""A machine that trains is cut off from the network: what becomes of its run, and when.

    sudo python tests/benchmarks/bench_machines.py

A scheduler and two workers, started by README's commands, each in a network of its own (Linux's
network namespaces, hence the rights of root). In mid-run the cable of the one that trains is pulled
(both ends find that out by themselves), and put back after the run is over. The worker that was cut
off has ended by then; its command is given again, as systemd would.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.machines import App, Site, assert_whole, under_way, wait

EPOCHS, IMAGES = 100, 6_000
HUB, WORKERS = "cnn-hub", ("cnn-one", "cnn-two")
MOST_SECONDS = 200.0


class Networks(Site):
    """A site with a network for the scheduler and the apps, and one for each worker."""

    def start(self, script: str, name: str, **streams) -> subprocess.Popen:
        number = WORKERS.index(name) if name in WORKERS else 0
        script = script.replace("127.0.0.1", f"10.99.{number}.1")
        inside = f"exec ip netns exec {name if name in WORKERS else HUB} sh -euc '{script}'"
        return super().start(inside, name, **streams)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def lay_cables() -> None:
    for name in (HUB, *WORKERS):
        ip("netns", "add", name)
        ip("-n", name, "link", "set", "lo", "up")
    for number, name in enumerate(WORKERS):
        cable, net = f"cable{number}", f"10.99.{number}"
        ip(*f"-n {HUB} link add {cable} type veth peer name end netns {name}".split())
        for where, device, address in ((HUB, cable, f"{net}.1/24"), (name, "end", f"{net}.2/24")):
            ip("-n", where, "addr", "add", address, "dev", device)
            ip("-n", where, "link", "set", device, "up")


def measure(site: Site) -> None:
    site.run(site.script("certificate"))
    site.start(site.script("settings", "scheduler"), "scheduler")
    workers = [site.start(site.script("settings", "worker"), name) for name in WORKERS]
    here, there = App(site, "here"), App(site, "there")
    for app in (here, there):
        wait(lambda app=app: app.workers() == 2)
    run_id = here.submit(EPOCHS, IMAGES)
    under_way(there, run_id)
    group = here.process_group(run_id)
    number = [worker.pid for worker in workers].index(group)
    ip("-n", HUB, "link", "set", f"cable{number}", "down")
    began, told = time.monotonic(), None
    print(f"cut off in epoch {there.status(run_id)['epoch']} of {EPOCHS}")
    while (status := there.status(run_id))["active"] and time.monotonic() - began < MOST_SECONDS:
        now = (status["state"], status["message"], here.status(run_id)["message"])
        if now != told:
            told = now
            print(f"{time.monotonic() - began:6.1f} s, epoch {status['epoch']}: {now}", flush=True)
        time.sleep(0.25)
    print(f"{time.monotonic() - began:6.1f} s: {status['state']}, {status['message']}")
    assert_whole(there, run_id, EPOCHS)
    print("the history is without a gap")
    print(f"the worker that was cut off ended with exit code {workers[number].wait(60)}")
    ip("-n", HUB, "link", "set", f"cable{number}", "up")
    began = time.monotonic()
    site.start(site.script("settings", "worker"), WORKERS[number])
    wait(lambda: here.workers() == 2)
    print(f"{time.monotonic() - began:6.1f} s after the cable is back both workers are there")


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        site = Networks(Path(folder))
        try:
            lay_cables()
            measure(site)
        finally:
            site.close()
            for name in (HUB, *WORKERS):
                subprocess.run(["ip", "netns", "del", name], check=False)


if __name__ == "__main__":
    main()
