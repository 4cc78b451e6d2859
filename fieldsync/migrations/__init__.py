"""Steps from one schema to the next, by Alembic; `fieldsync/schema.py` takes them."""
