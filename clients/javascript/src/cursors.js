// How far a client has got in a stream of durable events.

/** Sorts a frame of events against a cursor: what is new, what is known, what is missing. */
export function acceptEvents(cursor, { epoch, events }) {
  if (!events.length) return { events: [], cursor, gap: false };
  const after = { epoch, seq: events[events.length - 1].seq };
  if (!cursor) return { events, cursor: after, gap: false };
  if (cursor.epoch !== epoch) return { events: [], cursor, gap: true };
  const fresh = events.filter((event) => event.seq > cursor.seq);
  if (!fresh.length) return { events: [], cursor, gap: false };
  if (fresh[0].seq !== cursor.seq + 1) return { events: [], cursor, gap: true };
  return { events: fresh, cursor: after, gap: false };
}
