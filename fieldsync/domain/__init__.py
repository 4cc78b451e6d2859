"""The work itself: one file per noun. It knows nothing of HTTP."""
