"""The certificate authority of the trial network."""
