"""The control port: the judge's and the developer's way into the network. No simulated endpoint."""
