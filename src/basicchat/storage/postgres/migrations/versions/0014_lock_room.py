"""The function by which a transaction takes a request's id and locks its room, in one round trip.

Its statements see what was committed before the lock was taken, which those of one query would not.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

FUNCTION = """
CREATE FUNCTION lock_room(
    claim_user TEXT, claim_id TEXT, claimed_at BIGINT, locked_room TEXT, most INTEGER,
    OUT claimed BOOLEAN, OUT epoch TEXT, OUT seq BIGINT, OUT last_message BIGINT,
    OUT user_ids TEXT[], OUT roles TEXT[], OUT read_seqs BIGINT[]
) LANGUAGE plpgsql AS $$
BEGIN
    IF claim_user IS NOT NULL THEN
        INSERT INTO receipts (user_id, client_msg_id, body_hash, created_at)
        VALUES (claim_user, claim_id, '', claimed_at) ON CONFLICT DO NOTHING;
        claimed := FOUND;
        IF NOT claimed THEN
            RETURN;
        END IF;
    END IF;
    SELECT s.epoch, s.seq INTO epoch, seq FROM streams AS s
    WHERE s.stream = 'room:' || locked_room FOR UPDATE;
    SELECT array_agg(m.user_id), array_agg(m.role), array_agg(m.read_seq)
    INTO user_ids, roles, read_seqs
    FROM (SELECT * FROM members AS a WHERE a.room_id = locked_room LIMIT most) AS m;
    SELECT max(m.seq) INTO last_message FROM messages AS m WHERE m.room_id = locked_room;
END $$
"""


def upgrade() -> None:
    """Create the function."""
    op.execute(FUNCTION)
