"""How a database grows from one version of the clinic to the next (Alembic)."""
