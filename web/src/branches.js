// The branches of a conversation: questions form a tree, of which one path is shown.
//
// A question follows the one before it in the log, unless it says otherwise: `edits` names the first
// version of a question, and the new version takes that one's place; `after` names the question that
// it follows in a branch. The server selects the history of a question by the same rules
// (`domain/branches.py`).

const isQuestion = (message) => message.author.kind !== "assistant";

/**
 * The questions of the shown path, and their versions.
 *
 * @param {object[]} messages ascending by `seq`
 * @param {Object<string, string>} shown the version that the reader selected, by first version
 * @param {object[]} pending questions that the server does not have yet
 * @returns {{hidden: Set<string>, versions: Map<string, string[]>, rootOf: Map<string, string>}}
 *   `hidden` are the questions outside the path; `versions` the ids of all versions, by first
 *   version; `rootOf` the first version of each version
 */
export function branchOf(messages, shown = {}, pending = []) {
  const waiting = pending.map(({ id, options }) => ({ message_id: id, edits: options?.edits }));
  const questions = messages.filter(isQuestion).concat(waiting);
  const { versions, rootOf } = versionsOf(questions);
  const hidden = new Set();
  if (!versions.size) return { hidden, versions, rootOf };
  const loaded = new Set(questions.map((one) => one.message_id));
  const parents = parentsOf(questions, versions, loaded);
  const isSelected = (id) => {
    const all = versions.get(rootOf.get(id));
    return !all || id === selected(all, shown[rootOf.get(id)]);
  };
  // Parents come before their children. A first version that is not loaded can only be a parent.
  for (const root of versions.keys()) if (!isSelected(root)) hidden.add(root);
  for (const { message_id: id } of questions)
    if (!isSelected(id) || hidden.has(parents.get(id))) hidden.add(id);
  return { hidden, versions, rootOf };
}

/** The last question of the shown path, if the conversation has branches; otherwise null. */
export function branchTip(messages, shown) {
  const { hidden, versions } = branchOf(messages, shown);
  if (!versions.size) return null;
  const path = messages.filter((one) => isQuestion(one) && !hidden.has(one.message_id));
  return path.at(-1)?.message_id ?? null;
}

/** The versions to select, by first version, so that a message is on the shown path. */
export function pathTo(messages, message) {
  const questions = messages.filter(isQuestion);
  const { versions, rootOf } = versionsOf(questions);
  const loaded = new Set(questions.map((one) => one.message_id));
  const parents = parentsOf(questions, versions, loaded);
  const path = {};
  let at = message.parent_id ?? message.message_id;
  for (const seen = new Set(); at && !seen.has(at); at = parents.get(at)) {
    seen.add(at);
    if (rootOf.has(at)) path[rootOf.get(at)] = at;
  }
  return path;
}

function versionsOf(questions) {
  const versions = new Map();
  const rootOf = new Map();
  for (const { message_id: id, edits } of questions) {
    if (!edits) continue;
    if (!versions.has(edits)) versions.set(edits, [edits]);
    versions.get(edits).push(id);
    rootOf.set(edits, edits).set(id, edits);
  }
  return { versions, rootOf };
}

function parentsOf(questions, versions, loaded) {
  const parents = new Map();
  // What comes first follows something that is not loaded: the first version of a later question, if
  // that is not loaded either.
  let previous = [...versions.keys()].findLast((root) => !loaded.has(root)) ?? null;
  for (const { message_id: id, edits, after } of questions) {
    parents.set(id, edits ? (parents.get(edits) ?? null) : (after ?? previous));
    previous = id;
  }
  return parents;
}

const selected = (versions, chosen) => (versions.includes(chosen) ? chosen : versions.at(-1));
