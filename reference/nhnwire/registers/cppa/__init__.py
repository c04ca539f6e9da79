"""The register of collaboration profiles and agreements (CPPA) as a SOAP service."""
