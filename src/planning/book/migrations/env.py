"""Runs the steps on the connection, and inside the transaction, that `planning.book.opening` hands over."""

from alembic import context

from planning.book.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
