// The session of a client, as the server described it in its last welcome.

const DEFAULT_HEARTBEAT_SECONDS = 25;

/** The contents of the last welcome; `resume` identifies the session to a later hello. */
export class Session {
  resume = null;
  user = null;
  server = null;
  limits = {};
  heartbeat = DEFAULT_HEARTBEAT_SECONDS * 1000;

  /** Stores a welcome. */
  update({ session_id, resume_token, user, server = null, limits, heartbeat_seconds }) {
    this.resume = { session_id, resume_token };
    Object.assign(this, { user, server, limits: limits ?? {} });
    this.heartbeat = (heartbeat_seconds || DEFAULT_HEARTBEAT_SECONDS) * 1000;
  }

  /** Makes the next hello open a new session. */
  forget() {
    this.resume = null;
  }
}
