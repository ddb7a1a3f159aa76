"""Melody lane: scores in, works with the same tune out, with the notes that prove it.

Start with ``similarity.melody.reading.read_score`` and ``similarity.melody.index.MelodyIndex``.
"""
