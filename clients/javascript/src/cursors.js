// The position of a client in a stream of durable events.

/** Compares a frame of events with a cursor: new events, known events, and gaps. */
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
