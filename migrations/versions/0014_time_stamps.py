"""Time stamps of checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("log_checkpoint") as table:
        table.add_column(sa.Column("time_stamp", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("log_checkpoint") as table:
        table.drop_column("time_stamp")
