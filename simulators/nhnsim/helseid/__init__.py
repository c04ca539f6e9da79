"""HelseID, machine to machine: discovery, keys, and tokens bound to a key by DPoP."""
