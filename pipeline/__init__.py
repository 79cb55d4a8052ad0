"""Scutch turns raw web text into a dataset people can trust."""

__version__ = "0.1.0"
