"""What an image's side costs: a network counted and timed at each, and why sparse coding went."""

from __future__ import annotations

from functools import partial

from cnnlib.questions_scale import OWN_QUESTIONS, QUESTIONS
from pages.support.atoms import draw_atoms
from pages.support.exercise import draw_exercise
from pages.support.page import open_page
from pages.support.side_costs import KEY, choose_network, draw_costs, draw_times
from pages.support.side_trial import draw_trial
from pages.support.sparse_times import draw_sparse_times

text = open_page("scale")
text.show("costs")
name, head = choose_network()
found = draw_costs(text, name, head)
draw_times(text, name, head, found)
draw_trial(text, name, head)
draw_atoms(text)
draw_sparse_times(text)
own = [partial(maker, name=name, head=head) for maker in OWN_QUESTIONS]
draw_exercise(KEY, [*QUESTIONS["scale"], *own])
