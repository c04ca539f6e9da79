"""The clinic's own HTTP interface: JSON over loopback, a bearer token per user, typed errors."""
