"""Bring the database to the schema of this version."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

from app.core.jobs import migrate_job_tables
from app.core.settings import Settings

_SCRIPTS: Final = Path(__file__).parents[2] / "migrations"


def alembic_config(settings: Settings) -> Config:
    """Alembic's configuration for the database of these settings."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["url"] = settings.sync_database_url
    return config


def migrate(settings: Settings) -> None:
    """Upgrade to the newest revision; changes nothing when already there."""
    settings.home.mkdir(parents=True, exist_ok=True)
    command.upgrade(alembic_config(settings), "head")
    migrate_job_tables(settings)
