"""Runs migrations within the transaction of `schema.upgrade`."""

from alembic import context

from basicchat.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
)
context.run_migrations()
