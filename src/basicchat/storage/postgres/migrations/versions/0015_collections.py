"""Collections of documents; each document belongs to one library, so far that of its owner."""

from alembic import op

revision = "0015"
down_revision = "0014"

STATEMENTS = """
CREATE TABLE collections (
    collection_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (collection_id)
);

CREATE TABLE collection_shares (
    collection_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (collection_id, kind, subject_id),
    FOREIGN KEY(collection_id) REFERENCES collections (collection_id) ON DELETE CASCADE
);

CREATE INDEX collection_shares_by_subject ON collection_shares (kind, subject_id);

ALTER TABLE rooms ADD COLUMN collection_ids TEXT;

ALTER TABLE documents ADD COLUMN library_id TEXT COLLATE "C";

UPDATE documents SET library_id = owner_id;

ALTER TABLE documents ALTER COLUMN library_id SET NOT NULL;

ALTER TABLE documents DROP CONSTRAINT documents_owner_id_sha256_key;

ALTER TABLE documents ADD UNIQUE (library_id, sha256);

DROP INDEX documents_by_age;

CREATE INDEX documents_by_age ON documents (library_id, created_at);

CREATE INDEX documents_by_owner ON documents (owner_id);
"""


def upgrade() -> None:
    """Add the tables of collections, and the library of each document."""
    for statement in STATEMENTS.split(";\n\n"):
        op.execute(statement)
