from __future__ import annotations

import pytest

from cnnlib.admission import check_forecast, check_queue
from cnnlib.forecast import Forecast
from cnnlib.job_queue import Job
from cnnlib.limits import Limits
from cnnlib.records import RunError
from cnnlib.spec import SpecError


def jobs_of(*visitors, spec=None):
    return [Job(str(number), spec, visitor=visitor) for number, visitor in enumerate(visitors)]


def test_a_visitor_has_so_many_runs_in_the_queue_and_others_theirs():
    limits = Limits(runs=2)
    active = jobs_of("ann", "bob", "ann")
    with pytest.raises(RunError, match=r"^2 of your runs are waiting or training, as many as one"):
        check_queue(active, "ann", limits)
    check_queue(active, "bob", limits)
    check_queue(active, "cy", limits)
    check_queue(jobs_of("", "", ""), "", limits)  # of nobody in particular


def test_all_visitors_together_have_so_many():
    check_queue(jobs_of("ann", "bob"), "cy", Limits(queue=3))
    with pytest.raises(
        RunError, match=r"^3 runs are waiting already. Try again in a few minutes.$"
    ):
        check_queue(jobs_of("ann", "bob", ""), "cy", Limits(queue=3))


def test_a_run_that_would_take_too_long_here_is_refused_before_it_begins():
    found = Forecast(3_601.0, 1e9)
    with pytest.raises(SpecError, match=r"about 60 minutes here; the most is 60. Use fewer images"):
        check_forecast(found, 1.0, Limits(run_seconds=3_600.0))
    check_forecast(found, 0.99, Limits(run_seconds=3_600.0))  # it goes on where it was
    check_forecast(found, 1.0, Limits(run_seconds=3_601.0))
    check_forecast(None, 1.0, Limits(run_seconds=10.0))  # nothing is known yet


def test_a_run_that_would_take_too_much_memory_here_is_refused_before_it_begins():
    found = Forecast(10.0, 2.26e9)
    with pytest.raises(SpecError, match=r"about 2.3 GB of memory here; the most is 2.0 GB. Use a"):
        check_forecast(found, 0.1, Limits(process_bytes=2_000_000_000))
    check_forecast(found, 1.0, Limits(process_bytes=2_260_000_000))
