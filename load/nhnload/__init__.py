"""Load on the send/receive core: Locust users, shapes, scenarios; the bench."""
