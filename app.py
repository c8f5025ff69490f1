"""The router: which pages there are, and what surrounds each of them.

Start it with `streamlit run app.py`. The training worker's process runs this file again under
another name, so nothing may happen at import, and Streamlit is not imported there.
"""

from __future__ import annotations

PAGE_WIDTH = 1120  # pixels: three pictures side by side, and lines that can still be read


def main() -> None:
    import streamlit as st

    from pages.support import arrivals, jobs, navigation, visitors
    from pages.support.memory import keep_little, spare_the_collector
    from pages.support.page import ASSETS, icon, runs_told
    from pages.support.switching import take_turns
    from pages.support.uploads import bound_uploads

    first_run = arrivals.is_first_run()
    if first_run:
        arrivals.ask_nobody_where_this_is()
        spare_the_collector()
        keep_little()
        take_turns()
        bound_uploads()

    st.set_page_config(
        page_title="Convolution neural networks made easy with Keras",
        page_icon=icon(),
        layout="wide",
    )
    page = st.navigation(navigation.pages(), expanded=True)
    arrivals.drop_endless_numbers()
    st.html(ASSETS / "page.css")
    if first_run:
        arrivals.dismiss_false_alarm()
    with (
        st.container(horizontal_alignment="center"),
        st.container(width=PAGE_WIDTH),
    ):
        with runs_told():
            page.run()
        navigation.draw_foot(page.url_path)
    visitors.arrive()
    jobs.warm_engine()


if __name__ == "__main__":
    main()
