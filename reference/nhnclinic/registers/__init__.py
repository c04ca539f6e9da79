"""Clients of the registers and of HelseID, with what they may keep in memory and for how long."""
