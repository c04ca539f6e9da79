"""The front door: the command line, one sub-command per job."""
