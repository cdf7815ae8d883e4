// Arranges a room's messages and streaming answers for display.
import { branchOf } from "./branches.js";

const TOGETHER_MS = 5 * 60_000;

/**
 * One entry per message, and one per group of answers to the same question.
 *
 * Deleted answers are left out, except for the last one if no other answer is left. Of several
 * versions of a question, only one is shown, with the messages that follow it.
 *
 * @param {object[]} messages ascending by `seq`
 * @param {object[]} runs the active runs of the room
 * @param {Object<string, string>} shown the answer that the reader selected, by question, and the
 *   version of a question, by its first version
 * @param {object[]} pending questions that the server does not have yet
 * @returns {object[]} `{key, kind: "message", message, follows, versions}` (`follows`: the message
 *   above is by the same author, shortly before; `versions`: the ids of all versions, if there are
 *   several) or `{key, kind: "answers", parentId, question, answers, index}`; an
 *   answer is a message or `{run}`
 */
export function timeline(messages, runs, shown = {}, pending = []) {
  const entries = [];
  const groups = new Map();
  const { hidden, versions, rootOf } = branchOf(messages, shown, pending);
  const put = (parentId, answer) => {
    if (hidden.has(parentId)) return;
    const group = groups.get(parentId);
    if (group) return group.answers.push(answer);
    const made = { key: `a-${parentId}`, kind: "answers", parentId, answers: [answer] };
    groups.set(parentId, made);
    const at = entries.findIndex((e) => e.message?.message_id === parentId);
    made.question = entries[at]?.message ?? null;
    entries.splice(at < 0 ? entries.length : at + 1, 0, made);
  };
  for (const message of messages) {
    if (message.author.kind === "assistant") put(message.parent_id ?? message.message_id, message);
    else if (!hidden.has(message.message_id)) entries.push(entryOf(message));
  }
  function entryOf(message) {
    const all = versions.get(rootOf.get(message.message_id));
    return { key: message.message_id, kind: "message", message, versions: all };
  }
  const written = new Set(messages.map((m) => m.message_id));
  for (const run of runs)
    if (!written.has(run.message_id)) put(run.parent_id ?? run.run_id, { run });
  for (const group of groups.values()) settle(group, shown[group.parentId]);
  entries.forEach((entry, i) => {
    if (entry.message) entry.follows = follows(entries[i - 1]?.message, entry.message);
  });
  return entries;
}

function settle(group, chosen) {
  const present = group.answers.filter((answer) => !answer.deleted_at);
  group.answers = present.length ? present : group.answers.slice(-1);
  group.index = indexShown(group, chosen);
}

// A streaming answer is shown at once; otherwise the one that the reader selected, or the newest.
function indexShown({ answers }, messageId) {
  const newest = answers.length - 1;
  if (answers[newest].run) return newest;
  const chosen = answers.findIndex((a) => a.message_id === messageId);
  return chosen < 0 ? newest : chosen;
}

function follows(before, message) {
  if (!before || before.author.id !== message.author.id || before.deleted_at) return false;
  return new Date(message.created_at) - new Date(before.created_at) < TOGETHER_MS;
}
