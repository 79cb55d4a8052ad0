"""Other tools at the nearest same work, each in a virtual environment of its own: see `__main__`."""
