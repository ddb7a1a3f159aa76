"""All settings, read once from the environment. Every one has a working default.

The default is the embedded engine: SQLite and files below ``COUNTERSIGN_HOME``. A deployment
changes engines by settings alone. ``docs/operations.md`` lists each with its meaning.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

_PREFIX = "COUNTERSIGN_"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The service's settings. Field ``x`` is read from ``COUNTERSIGN_X`` (and DATABASE_URL)."""

    home: Path = Path("var")
    """Where embedded data lives: database, audio, corpus, keys."""

    database_url: str = ""
    """``postgresql://…`` for PostgreSQL; empty for SQLite in ``home``."""

    storage_url: str = ""
    """``s3://bucket/prefix`` for S3-compatible storage; empty for files in ``home``."""

    corpus_dir: str = ""
    """The reference corpus; empty for ``home/corpus``."""

    catalogue_dir: str = ""
    """The index of accepted tracks; empty for ``home/catalogue``."""

    public_url: str = "http://127.0.0.1:8000"
    """Where the public reaches us; goes into signed URLs, receipts and certificates."""

    host: str = "127.0.0.1"
    port: int = 8000

    trusted_proxies: str = "127.0.0.1"
    """Comma-separated addresses whose X-Forwarded-* headers are believed."""

    platform_name: str = "Countersign Marketplace"
    agent_timezone: str = "America/New_York"
    """The designated agent's time zone: statutory business days are counted there."""

    stripe_api_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api_base: str = ""
    """Another address for Stripe's API, such as the local stand-in. Empty: Stripe itself."""

    secret: str = ""
    """Signs expiring URLs. Set the same on every node; empty: one is made and kept in ``home``."""

    key_passphrase: str = ""
    """Encrypts the house's signing keys at rest. Empty: a random one is kept beside them."""

    credentials_dir: str = ""
    """Where ``leaf.pem``, ``leaf.key``, ``issuing.pem`` and ``root.pem`` lie that sign Content
    Credentials. Empty: a private authority is made and kept in ``home``."""

    trust_anchors: str = ""
    """A PEM file of more roots whose Content Credentials are believed; our own always is."""

    aigc_label: bool = False
    """Writes the implicit label of generated content that China's GB 45438 asks for."""

    post_quantum: bool = False
    """Signs checkpoints with ML-DSA-44, too; receipts grow by 3.3 kB."""

    time_stamp_url: str = ""
    """An RFC 3161 authority that stamps the log's checkpoints. Empty: none."""

    time_stamp_roots: str = ""
    """A PEM file of the roots that the authority's certificate must lead to."""

    resolve_references: bool = False
    """Whether files are fetched from addresses that callers of C2PA's resolution API name."""

    executor_id: str = "node-1"
    """Names this process among several; must be stable across its restarts."""

    screening_processes: int = 2
    max_upload_bytes: int = 2 * 1024**3
    """2 GiB holds three hours of 24-bit 96 kHz stereo, the longest upload that we decode."""

    sandbox: bool = False
    """Opens the test clock. Never on in production; the service says so loudly at start-up."""

    sweep_seconds: float = 5.0
    """How often due clocks (statutory windows, expiries, log sealing) are looked for."""

    @property
    def uses_sqlite(self) -> bool:
        return not self.database_url

    @property
    def sqlite_path(self) -> Path:
        return self.home / "countersign.sqlite"

    @property
    def corpus_path(self) -> Path:
        return Path(self.corpus_dir) if self.corpus_dir else self.home / "corpus"

    @property
    def catalogue_path(self) -> Path:
        return Path(self.catalogue_dir) if self.catalogue_dir else self.home / "catalogue"

    @property
    def async_database_url(self) -> str:
        if self.uses_sqlite:
            return f"sqlite+aiosqlite:///{self.sqlite_path.absolute()}"
        return "postgresql+asyncpg://" + self.database_url.split("://", 1)[1]

    @property
    def sync_database_url(self) -> str:
        """For Alembic and for the job engine, which speak through synchronous drivers."""
        if self.uses_sqlite:
            return f"sqlite:///{self.sqlite_path.absolute()}"
        return "postgresql+psycopg://" + self.database_url.split("://", 1)[1]


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment.

    Raises:
        msgspec.ValidationError: a value is not of its type; the message names the setting.
    """
    names = {field.name for field in msgspec.structs.fields(Settings)}
    values: dict[str, object] = {
        name: environ[_PREFIX + name.upper()] for name in names if _PREFIX + name.upper() in environ
    }
    if "DATABASE_URL" in environ:
        values.setdefault("database_url", environ["DATABASE_URL"])
    if "home" in values:
        values["home"] = Path(str(values["home"]))
    return msgspec.convert(values, Settings, strict=False)
