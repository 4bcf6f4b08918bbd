"""Alembic's entry point: run the revisions on the connection that `migrate.py` hands over, in its transaction."""

from alembic import context

from brokerwire_server.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
