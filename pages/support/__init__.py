"""What the pages share: their text and pictures, cached data, the engine, the list of pages.

The only part of the project besides the pages that knows Streamlit. Import the module you need:
this package itself stays empty, so that the router is quick.
"""
