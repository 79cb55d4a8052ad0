"""Finds the input, tells what each file is, and reads its records."""
