CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE meta (
	"key" VARCHAR(200) NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY ("key")
);

CREATE TABLE receipts (
	user_id VARCHAR(200) NOT NULL,
	client_msg_id VARCHAR(200) NOT NULL,
	body_hash VARCHAR(64) NOT NULL,
	reply BLOB,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (user_id, client_msg_id)
);

CREATE INDEX receipts_by_age ON receipts (created_at);

CREATE TABLE rooms (
	room_id VARCHAR(200) NOT NULL,
	name VARCHAR(200) NOT NULL,
	created_at BIGINT NOT NULL,
	active_at BIGINT NOT NULL, collection_ids TEXT,
	PRIMARY KEY (room_id)
);

CREATE TABLE streams (
	stream VARCHAR(200) NOT NULL,
	epoch VARCHAR(32) NOT NULL,
	seq BIGINT NOT NULL,
	floor BIGINT NOT NULL,
	PRIMARY KEY (stream)
);

CREATE TABLE tasks (
	task_id VARCHAR(200) NOT NULL,
	user_id VARCHAR(200) NOT NULL,
	subject VARCHAR(200) NOT NULL,
	kind VARCHAR(40) NOT NULL,
	status VARCHAR(20) NOT NULL,
	created_at BIGINT NOT NULL,
	payload BLOB NOT NULL,
	data BLOB NOT NULL, ended_at BIGINT, lease_owner VARCHAR(100), lease_expires_at BIGINT,
	PRIMARY KEY (task_id)
);

CREATE INDEX tasks_by_status ON tasks (status);

CREATE INDEX tasks_by_user ON tasks (user_id, created_at);

CREATE TABLE users (
	user_id VARCHAR(200) NOT NULL,
	name VARCHAR(200) NOT NULL,
	role VARCHAR(20) NOT NULL,
	created_at BIGINT NOT NULL, status VARCHAR(20) DEFAULT 'active' NOT NULL, login VARCHAR(200), password_hash TEXT, tokens_after BIGINT DEFAULT '0' NOT NULL,
	PRIMARY KEY (user_id)
);

CREATE TABLE events (
	stream VARCHAR(200) NOT NULL,
	seq BIGINT NOT NULL,
	type VARCHAR(40) NOT NULL,
	at BIGINT NOT NULL,
	subject VARCHAR(200) NOT NULL,
	data BLOB NOT NULL, part_id INTEGER,
	PRIMARY KEY (stream, seq),
	FOREIGN KEY(stream) REFERENCES streams (stream) ON DELETE CASCADE
);

CREATE INDEX events_by_subject ON events (subject);

CREATE TABLE login_codes (
	code_hash VARCHAR(200) NOT NULL,
	user_id VARCHAR(200) NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (code_hash),
	FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
);

CREATE TABLE members (
	room_id VARCHAR(200) NOT NULL,
	user_id VARCHAR(200) NOT NULL,
	role VARCHAR(20) NOT NULL,
	read_seq BIGINT NOT NULL, draft TEXT DEFAULT '' NOT NULL,
	PRIMARY KEY (room_id, user_id),
	FOREIGN KEY(room_id) REFERENCES rooms (room_id) ON DELETE CASCADE,
	FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
);

CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE messages (
	message_id VARCHAR(200) NOT NULL,
	room_id VARCHAR(200) NOT NULL,
	seq BIGINT NOT NULL,
	data BLOB NOT NULL, number BIGINT DEFAULT '0' NOT NULL,
	PRIMARY KEY (message_id),
	FOREIGN KEY(room_id) REFERENCES rooms (room_id) ON DELETE CASCADE,
	UNIQUE (room_id, seq)
);

CREATE TABLE runs (
	run_id VARCHAR(200) NOT NULL,
	room_id VARCHAR(200) NOT NULL,
	user_id VARCHAR(200) NOT NULL,
	status VARCHAR(20) NOT NULL,
	started_at BIGINT NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (run_id),
	FOREIGN KEY(room_id) REFERENCES rooms (room_id) ON DELETE CASCADE
);

CREATE INDEX runs_by_room ON runs (room_id);

CREATE INDEX runs_by_status ON runs (status);

CREATE TABLE sessions (
	session_id VARCHAR(200) NOT NULL,
	user_id VARCHAR(200) NOT NULL,
	resume_hash VARCHAR(64) NOT NULL,
	expires_at BIGINT NOT NULL, previous_hash VARCHAR(64), exchanged_at BIGINT,
	PRIMARY KEY (session_id),
	FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
);

CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE document_pages (
	document_id VARCHAR(200) NOT NULL,
	start INTEGER NOT NULL,
	number INTEGER,
	length INTEGER NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (document_id, start),
	FOREIGN KEY(document_id) REFERENCES documents (document_id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX users_by_login ON users (login);

CREATE TABLE access_changes (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	user_id VARCHAR(200) NOT NULL,
	at BIGINT NOT NULL
);

CREATE TABLE api_keys (
	key_id VARCHAR(200) NOT NULL,
	user_id VARCHAR(200) NOT NULL,
	created_at BIGINT NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (key_id),
	FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
);

CREATE INDEX api_keys_by_user ON api_keys (user_id);

CREATE TABLE identities (
	issuer VARCHAR(500) NOT NULL,
	subject VARCHAR(300) NOT NULL,
	user_id VARCHAR(200) NOT NULL,
	PRIMARY KEY (issuer, subject),
	FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
);

CREATE TABLE invitations (
	invitation_id VARCHAR(200) NOT NULL,
	code_hash VARCHAR(64) NOT NULL,
	inviter_id VARCHAR(200) NOT NULL,
	room_id VARCHAR(200),
	expires_at BIGINT NOT NULL,
	uses_left INTEGER NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (invitation_id),
	FOREIGN KEY(inviter_id) REFERENCES users (user_id) ON DELETE CASCADE,
	FOREIGN KEY(room_id) REFERENCES rooms (room_id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX invitations_by_code ON invitations (code_hash);

CREATE TABLE message_texts (
	number INTEGER NOT NULL,
	message_id VARCHAR(200) NOT NULL,
	room_id VARCHAR(200) NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (number),
	FOREIGN KEY(message_id) REFERENCES messages (message_id) ON DELETE CASCADE,
	UNIQUE (message_id)
);

CREATE TABLE voided_logins (
	session_id VARCHAR(200) NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (session_id)
);

CREATE INDEX voided_logins_expiry ON voided_logins (expires_at);

CREATE TABLE oauth_clients (
	client_id VARCHAR(200) NOT NULL,
	seen_at BIGINT NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (client_id)
);

CREATE INDEX oauth_clients_by_age ON oauth_clients (seen_at);

CREATE TABLE oauth_codes (
	code_hash VARCHAR(200) NOT NULL,
	user_id VARCHAR(200) NOT NULL,
	expires_at BIGINT NOT NULL,
	grant_id VARCHAR(200),
	data BLOB NOT NULL,
	PRIMARY KEY (code_hash),
	FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
);

CREATE INDEX oauth_codes_expiry ON oauth_codes (expires_at);

CREATE TABLE oauth_grants (
	grant_id VARCHAR(200) NOT NULL,
	user_id VARCHAR(200) NOT NULL,
	client_id TEXT NOT NULL,
	refresh_hash VARCHAR(64),
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at BIGINT,
	data BLOB NOT NULL,
	PRIMARY KEY (grant_id),
	FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE
);

CREATE INDEX oauth_grants_by_user ON oauth_grants (user_id);

CREATE INDEX oauth_grants_by_client ON oauth_grants (client_id);

CREATE INDEX oauth_grants_expiry ON oauth_grants (expires_at);

CREATE INDEX tasks_by_end ON tasks (ended_at);

CREATE TABLE event_parts (
	part_id INTEGER NOT NULL,
	subject VARCHAR(200) NOT NULL,
	digest BLOB NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (part_id),
	UNIQUE (subject, digest)
);

CREATE INDEX events_by_part ON events (part_id) WHERE part_id IS NOT NULL;

CREATE TABLE collections (
	collection_id VARCHAR(200) NOT NULL,
	name VARCHAR(200) NOT NULL,
	description TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (collection_id)
);

CREATE TABLE collection_shares (
	collection_id VARCHAR(200) NOT NULL,
	kind VARCHAR(10) NOT NULL,
	subject_id VARCHAR(200) NOT NULL,
	role VARCHAR(20) NOT NULL,
	PRIMARY KEY (collection_id, kind, subject_id),
	FOREIGN KEY(collection_id) REFERENCES collections (collection_id) ON DELETE CASCADE
);

CREATE INDEX collection_shares_by_subject ON collection_shares (kind, subject_id);

CREATE TABLE "documents" (
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
);

CREATE INDEX documents_by_age ON documents (library_id, created_at);

CREATE INDEX documents_by_owner ON documents (owner_id);

CREATE VIRTUAL TABLE message_words USING fts5(
    words, tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
);

CREATE VIRTUAL TABLE message_vocabulary USING fts5vocab(message_words, row);

CREATE VIEW message_texts_with_words AS SELECT number, message_id, room_id, text, NULL AS words FROM message_texts;

CREATE TRIGGER message_texts_added INSTEAD OF INSERT ON message_texts_with_words BEGIN INSERT INTO message_texts(number, message_id, room_id, text)
    VALUES (new.number, new.message_id, new.room_id, new.text)
    ON CONFLICT (message_id) DO UPDATE SET text = excluded.text; INSERT OR REPLACE INTO message_words(rowid, words)
    SELECT number, new.words FROM message_texts WHERE message_id = new.message_id; END;

CREATE TRIGGER message_texts_removed AFTER DELETE ON message_texts BEGIN DELETE FROM message_words WHERE rowid = old.number; END;

CREATE TABLE tool_approvals (
    approval_id VARCHAR(200) NOT NULL,
    user_id VARCHAR(200) NOT NULL,
    room_id VARCHAR(200),
    created_at BIGINT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (approval_id),
    FOREIGN KEY(user_id) REFERENCES users (user_id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (room_id) ON DELETE CASCADE
);

CREATE INDEX tool_approvals_by_user ON tool_approvals (user_id);

CREATE INDEX tool_approvals_by_room ON tool_approvals (room_id);

INSERT INTO alembic_version (version_num) VALUES ('0018');
