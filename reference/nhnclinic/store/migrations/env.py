"""Alembic runs this inside the connection that `store.database` hands it."""

from __future__ import annotations

from alembic import context

from nhnclinic.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transaction_per_migration=False
)
with context.begin_transaction():
    context.run_migrations()
