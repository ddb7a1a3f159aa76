"""Content Credentials that came beside an uploaded file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("asset", sa.Column("sidecar", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("asset", "sidecar")
