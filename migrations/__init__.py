"""Alembic revisions: one linear history, up and down tested on both databases."""
