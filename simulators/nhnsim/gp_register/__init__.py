"""The GP register (*Fastlegeregisteret*, FLR): whose patient somebody is, and where messages about them go."""
