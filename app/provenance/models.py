"""Tables of provenance: generators and their keys, signed statements, the transparency log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, enum_column
from app.core.ids import TypedId
from app.provenance.keys import Algorithm
from app.provenance.lifecycle import KeyState

KID_LENGTH: Final = 43  # base64url of a SHA-256, unpadded (RFC 7638)
_SHA256_HEX: Final = 64


class Generator(Base):
    """A model vendor's product that signs what it generates."""

    __tablename__ = "generator"
    __table_args__ = (sa.UniqueConstraint("provider", "name"),)

    id: Mapped[str] = mapped_column(TypedId("gen"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    provider: Mapped[str] = mapped_column(sa.String(200))
    organisation_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("organisation.id"), index=True
    )
    registered_by: Mapped[str | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]


class SigningKey(Base):
    """A generator's public key. Its name is its RFC 7638 thumbprint, so it cannot be exchanged."""

    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(sa.String(KID_LENGTH), primary_key=True)
    generator_id: Mapped[str] = mapped_column(sa.ForeignKey("generator.id"), index=True)
    algorithm: Mapped[Algorithm] = mapped_column(enum_column(Algorithm, "algorithm"))
    public_jwk: Mapped[dict[str, Any]]
    state: Mapped[KeyState] = mapped_column(enum_column(KeyState, "state"))
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    compromised_since: Mapped[datetime | None]


class KeyChallenge(Base):
    """What the holder of a pending key must sign. Gone once it has been answered."""

    __tablename__ = "key_challenge"

    kid: Mapped[str] = mapped_column(sa.ForeignKey("signing_key.kid"), primary_key=True)
    nonce: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    expires_at: Mapped[datetime]


class LogLeaf(Base):
    """An entry of the transparency log: queued first, given its place when sealed."""

    __tablename__ = "log_leaf"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    entry: Mapped[bytes]
    kind: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[str] = mapped_column(sa.String(64), index=True)
    queued_at: Mapped[datetime]
    leaf_index: Mapped[int | None] = mapped_column(unique=True)


class LogDisclosure(Base):
    """What a salted entry of the log stands for. Discarding the row erases it for good."""

    __tablename__ = "log_disclosure"

    leaf_sequence: Mapped[int] = mapped_column(
        sa.ForeignKey("log_leaf.sequence"), primary_key=True, autoincrement=False
    )
    document: Mapped[bytes]
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


class AuditHead(Base):
    """The head of the chain of audit events once ``position`` events were in it."""

    __tablename__ = "audit_head"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    leaf_sequence: Mapped[int] = mapped_column(sa.ForeignKey("log_leaf.sequence"), unique=True)
    chained_at: Mapped[datetime]


class Statement(Base):
    """A verified in-toto statement, ours or a generator's, with the envelope it came in.

    ``subject_id`` names the thing it is about (a track, a grant). ``owner_id`` is the person who
    may read it besides staff; None where everybody may.
    """

    __tablename__ = "statement"

    id: Mapped[str] = mapped_column(TypedId("stm"), primary_key=True)
    subject_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    predicate_type: Mapped[str] = mapped_column(sa.String(200))
    payload: Mapped[bytes]
    payload_sha256: Mapped[str] = mapped_column(sa.String(_SHA256_HEX), unique=True)
    envelope: Mapped[bytes]
    kid: Mapped[str] = mapped_column(sa.String(KID_LENGTH), index=True)
    public_jwk: Mapped[dict[str, Any]]
    """The key as it was when the signature was verified; verifying later needs no registry."""
    owner_id: Mapped[str | None] = mapped_column(sa.ForeignKey("person.id"))
    leaf_sequence: Mapped[int] = mapped_column(sa.ForeignKey("log_leaf.sequence"), unique=True)
    created_at: Mapped[datetime]


class StoredManifest(Base):
    """A C2PA manifest store that somebody handed over, under its active manifest's label."""

    __tablename__ = "stored_manifest"

    label: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    store: Mapped[bytes] = mapped_column(deferred=True)
    store_sha256: Mapped[str] = mapped_column(sa.String(_SHA256_HEX))
    claim_sha256: Mapped[str] = mapped_column(sa.String(_SHA256_HEX))
    leaf_sequence: Mapped[int] = mapped_column(sa.ForeignKey("log_leaf.sequence"), unique=True)
    stored_by: Mapped[str | None] = mapped_column(sa.ForeignKey("person.id"))
    stored_at: Mapped[datetime]


class SoftBinding(Base):
    """A value by which a manifest is found when its file has lost it: C2PA 2.4, 18.10.

    ``manifest_id`` is the label of a manifest that we released or store.
    """

    __tablename__ = "soft_binding"
    __table_args__ = (sa.UniqueConstraint("value", "manifest_id"),)

    id: Mapped[str] = mapped_column(TypedId("bnd"), primary_key=True)
    algorithm: Mapped[str] = mapped_column(sa.String(80))
    value: Mapped[bytes]
    manifest_id: Mapped[str] = mapped_column(sa.String(120), index=True)
    bound_at: Mapped[datetime]


class BindingUnit(Base):
    """One ISCC-UNIT of a binding's value, to look for."""

    __tablename__ = "binding_unit"
    __table_args__ = (sa.Index("ix_binding_unit_header_body", "header", "body"),)

    binding_id: Mapped[str] = mapped_column(sa.ForeignKey("soft_binding.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    header: Mapped[bytes] = mapped_column(sa.LargeBinary(2))
    body: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


class BindingWord(Base):
    """Two bytes of a similarity code, at their place in it: what it is found by."""

    __tablename__ = "binding_word"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["binding_id", "ordinal"], ["binding_unit.binding_id", "binding_unit.ordinal"]
        ),
        sa.Index("ix_binding_word_place_word", "place", "word"),
    )

    binding_id: Mapped[str] = mapped_column(TypedId("bnd"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    word: Mapped[int]


class LogNode(Base):
    """The hash of a complete subtree of 2**level leaves, the ``node_index``-th of its level."""

    __tablename__ = "log_node"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    node_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


class LogHead(Base):
    """The one row that a sealer locks: two of them must not sign two trees of one size."""

    __tablename__ = "log_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tree_size: Mapped[int]


class Checkpoint(Base):
    """A signed tree head. Every one that was ever signed is kept.

    ``time_stamp`` is an RFC 3161 response for ``note``, where an authority was asked.
    """

    __tablename__ = "log_checkpoint"

    tree_size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    note: Mapped[str] = mapped_column(sa.Text())
    sealed_at: Mapped[datetime]
    time_stamp: Mapped[bytes | None]
