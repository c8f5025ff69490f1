"""The library behind the article: all maths, data, models and training.

Nothing here imports Streamlit, and only `keras_model` and `training` import Keras, inside functions
that run in a worker process. Modules are flat and small; `README.md` lists them.
"""
