"""How Alembic runs here: on the connection that `Database.migrate` hands over, in its transaction."""

from alembic import context

from emergence_stats_api.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
