"""Learned models: their files, and how they are read and asked."""
