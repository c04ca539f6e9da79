"""Data formats of NHN's registers."""
