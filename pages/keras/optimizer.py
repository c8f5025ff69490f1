"""From one error to five optimizers at work on a network."""

from __future__ import annotations

from cnnlib.questions_optimizer import QUESTIONS
from pages.support.charges import draw_charges
from pages.support.exercise import draw_exercise
from pages.support.line import draw_line
from pages.support.page import open_page
from pages.support.race import draw_race
from pages.support.same_start import draw_first_steps, draw_trainings

text = open_page("optimizer")
draw_line(text)
draw_charges(text)
draw_race(text)
draw_first_steps(text)
draw_trainings(text)
draw_exercise("optimizer", QUESTIONS["optimizer"])
