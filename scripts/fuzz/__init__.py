"""Hostile files: made, read under watch, counted."""
