"""Finds pages that are there more than once."""
