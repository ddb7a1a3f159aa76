"""Tables of people, their organisations, what they may do, and how they make themselves known."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.actor import Role
from app.core.database import Base, enum_column
from app.core.ids import TypedId


class Organisation(Base):
    """A label, a studio, a marketplace; every person belongs to one, if only their own."""

    __tablename__ = "organisation"

    id: Mapped[str] = mapped_column(TypedId("org"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]


class Person(Base):
    """Somebody with an account."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(TypedId("usr"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisation.id"))
    email: Mapped[str] = mapped_column(sa.String(320), unique=True)
    display_name: Mapped[str] = mapped_column(sa.String(200))
    password_hash: Mapped[str] = mapped_column(sa.String(300))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    role_grants: Mapped[list[RoleGrant]] = relationship(lazy="selectin", cascade="all")


class RoleGrant(Base):
    """A role that a person holds."""

    __tablename__ = "role_grant"

    person_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"), primary_key=True)
    granted_at: Mapped[datetime]


class ApiKey(Base):
    """A key for programs. Only its digest is kept; the prefix finds it and may be shown."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(TypedId("key"), primary_key=True)
    person_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    prefix: Mapped[str] = mapped_column(sa.String(16), unique=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInSession(Base):
    """A browser that signed in. Only the token's digest is kept."""

    __tablename__ = "sign_in_session"

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
