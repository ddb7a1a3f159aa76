"""Melody lane: scores in, works with the same tune out, with the notes that prove it."""
