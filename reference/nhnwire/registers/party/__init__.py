"""The address register (Adresseregisteret, AR) as a SOAP service."""
