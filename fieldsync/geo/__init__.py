"""Where things are: divisions and distances."""
