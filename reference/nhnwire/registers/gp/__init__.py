"""The GP register (Fastlegeregisteret, FLR) as a SOAP service."""
