"""The address register (*Adresseregisteret*): who can be reached, where, and with which certificates."""
