"""Webhooks on the wire: signed bytes to addresses that are allowed; it knows nothing of a database."""
