"""Measures a page; thresholds of the config decide on the numbers."""
