"""Photos: bytes in, facts out; nothing here knows a database."""
