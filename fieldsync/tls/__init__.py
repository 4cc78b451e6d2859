"""HTTPS without a certificate from outside: a local authority, and the names it vouches for."""
