"""Two pages with a title each: what is found in them is Streamlit's own."""

import streamlit as st


def first() -> None:
    st.title("First page")


def second() -> None:
    st.title("Second page")


st.navigation({"Section": [st.Page(first), st.Page(second)]}, expanded=True).run()
