"""Mends damaged text. Each step is an edit; they run one after the other."""
