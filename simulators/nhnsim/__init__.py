"""The network around the clinic, one folder per endpoint."""
