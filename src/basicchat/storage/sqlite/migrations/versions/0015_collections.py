"""Collections of documents; each document belongs to one library, so far that of its owner."""

from alembic import op

revision = "0015"
down_revision = "0014"

# A unique constraint cannot be changed, so that the table is replaced by a copy.
STATEMENTS = (
    """CREATE TABLE collections (
	collection_id VARCHAR(200) NOT NULL,
	name VARCHAR(200) NOT NULL,
	description TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (collection_id)
)""",
    """CREATE TABLE collection_shares (
	collection_id VARCHAR(200) NOT NULL,
	kind VARCHAR(10) NOT NULL,
	subject_id VARCHAR(200) NOT NULL,
	role VARCHAR(20) NOT NULL,
	PRIMARY KEY (collection_id, kind, subject_id),
	FOREIGN KEY(collection_id) REFERENCES collections (collection_id) ON DELETE CASCADE
)""",
    "CREATE INDEX collection_shares_by_subject ON collection_shares (kind, subject_id)",
    "ALTER TABLE rooms ADD COLUMN collection_ids TEXT",
    """CREATE TABLE documents_copy (
	document_id VARCHAR(200) NOT NULL,
	owner_id VARCHAR(200) NOT NULL,
	library_id VARCHAR(200) NOT NULL,
	sha256 VARCHAR(64) NOT NULL,
	source TEXT,
	created_at BIGINT NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (document_id),
	FOREIGN KEY(owner_id) REFERENCES users (user_id) ON DELETE CASCADE,
	UNIQUE (library_id, sha256)
)""",
    """INSERT INTO documents_copy
    SELECT document_id, owner_id, owner_id, sha256, source, created_at, data FROM documents""",
    "DROP TABLE documents",
    "ALTER TABLE documents_copy RENAME TO documents",
    "CREATE INDEX documents_by_age ON documents (library_id, created_at)",
    "CREATE INDEX documents_by_owner ON documents (owner_id)",
)


def upgrade() -> None:
    """Add the tables of collections, and the library of each document."""
    for statement in STATEMENTS:
        op.execute(statement)
