"""Alembic's migrations, one file a change of `store.tables`; `Database.migrate` runs them."""
