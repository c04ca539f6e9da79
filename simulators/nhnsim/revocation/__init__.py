"""Where the authority's certificates point: lists, OCSP and issuers' certificates over plain HTTP."""
