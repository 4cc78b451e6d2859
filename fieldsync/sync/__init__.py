"""The engine: operations in, records, feed and history out. It knows nothing of mines."""
