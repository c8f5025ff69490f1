"""The same network trained otherwise: schedules, weight decay, label smoothing, a rate found."""

from __future__ import annotations

from cnnlib.questions_optimization import questions_on
from pages.support.decay import draw_decay
from pages.support.exercise import draw_exercise
from pages.support.optimization_runs import draw_comparison
from pages.support.page import open_page
from pages.support.rate_schedules import chosen_schedule, draw_schedules
from pages.support.rate_tests import draw_range_tests
from pages.support.smoothed_labels import draw_smoothing

text = open_page("optimization")
draw_schedules(text)
draw_decay(text)
draw_smoothing(text)
subject = draw_range_tests(text)
draw_comparison(text, subject)
shown = chosen_schedule()
draw_exercise("optimization", questions_on(shown.name, shown.peak, shown.epochs, shown.batches))
