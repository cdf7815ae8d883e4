// Arranges a room's messages and running answers as they are shown.

/**
 * One entry per question, other message, or set of answers to one question.
 *
 * @param {object[]} messages ascending by `seq`
 * @param {object[]} runs the running runs of the room
 * @param {Object<string, string>} shown which answer the reader chose, by question
 * @returns {object[]} `{key, kind: "message", message}` or
 *   `{key, kind: "answers", parentId, answers, index}`; an answer is a message or `{run}`
 */
export function timeline(messages, runs, shown = {}) {
  const entries = [];
  const groups = new Map();
  const put = (parentId, answer) => {
    const group = groups.get(parentId);
    if (group) return group.answers.push(answer);
    const made = { key: `a-${parentId}`, kind: "answers", parentId, answers: [answer] };
    groups.set(parentId, made);
    const at = entries.findIndex((e) => e.message?.message_id === parentId);
    entries.splice(at < 0 ? entries.length : at + 1, 0, made);
  };
  for (const message of messages) {
    if (message.author.kind === "assistant") put(message.parent_id ?? message.message_id, message);
    else entries.push({ key: message.message_id, kind: "message", message });
  }
  const written = new Set(messages.map((m) => m.message_id));
  for (const run of runs)
    if (!written.has(run.message_id)) put(run.parent_id ?? run.run_id, { run });
  for (const group of groups.values()) group.index = indexShown(group, shown[group.parentId]);
  return entries;
}

// A new answer is shown as soon as it is being written; else what the reader chose, or the newest.
function indexShown({ answers }, messageId) {
  const newest = answers.length - 1;
  if (answers[newest].run) return newest;
  const chosen = answers.findIndex((a) => a.message_id === messageId);
  return chosen < 0 ? newest : chosen;
}
