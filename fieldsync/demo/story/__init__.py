"""A working day over HTTP against a running server: what was sent, what won and why, what was promised."""
