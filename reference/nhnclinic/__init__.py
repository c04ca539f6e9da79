"""The reference clinic: the messaging side of an EHR.

========== ==========================================================================================
domain     the rules, pure: readiness, addressing, building, deciding, settling receipts, deadlines
exchange   the core: steps and `Parts`, inbox, outbox, follow-up, the loop; one adapter per transport
registers  clients of HelseID and of the address register
store      SQLAlchemy Core tables, Alembic migrations, queries; SQLite embedded by default
api        the clinic's own HTTP interface
========== ==========================================================================================

What the clinic knows of the world has crossed a socket or stands in its configuration.
"""
