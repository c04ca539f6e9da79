"""The reference clinic: an EHR's messaging side."""
