// The parts and steps of a run, arranged for display.

/** The text of all parts of one kind. */
export function textOf(parts, kind) {
  return (parts ?? [])
    .filter((part) => part.kind === kind)
    .map((part) => part.text)
    .join("\n\n");
}

/** The kinds of text that have begun, in order: `"reasoning,answer"`, for example. */
export const kindsOf = (parts) =>
  [...new Set(parts.filter((part) => part.text).map((part) => part.kind))].join();

/**
 * The steps and the reasoning of a run, in the order in which they happened: `{step}` or `{part}`.
 *
 * A step's `part` is the number of parts that had begun before it.
 */
export function inOrder({ steps = [], parts = [] }) {
  const reasoning = parts
    .filter((part) => part.kind === "reasoning")
    .map((part) => ({ at: part.part + 0.5, part }));
  const taken = steps.map((step) => ({ at: step.part ?? 0, step }));
  return [...taken, ...reasoning].sort((a, b) => a.at - b.at);
}

/**
 * The progress of a run whose mode reports it: `{done, stages, detail}`, or null.
 *
 * `done` is from 0 to 1; `stages` are the names of the stages so far, the current one last; `detail`
 * describes what happens now.
 */
export function progressOf({ steps = [] }) {
  const reports = steps.filter((step) => step.progress !== undefined);
  if (!reports.length) return null;
  const { progress: done, detail } = reports.at(-1);
  const current = reports.at(-1).name;
  const stages = [...new Set(reports.map((step) => step.name))].filter((name) => name !== current);
  return { done, stages: [...stages, current], detail };
}
