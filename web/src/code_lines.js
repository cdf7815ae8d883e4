// Code is rendered in groups of lines, so that neither growing nor highlighting a long block lays out
// all of it.

/** The number of lines of each group; the style sheet (`.lines`) has it, too. */
export const GROUP_LINES = 40;

const GROUP = new RegExp(`(?:[^\\n]*\\n){1,${GROUP_LINES}}`, "g");

/** The groups of lines of a code block, each of which ends with a line break. */
export const lineGroups = (code) => `${code}\n`.match(GROUP);

/** The number of characters of the longest line. */
export const longestLine = (code) =>
  code.split("\n").reduce((longest, line) => Math.max(longest, line.length), 0);

/**
 * Divides the HTML of highlighted code, which consists of nested spans with classes and escaped text,
 * into the same groups: lists of texts and `{scope, pieces}`. A scope over several groups is in each.
 */
export function highlightedGroups(html) {
  const groups = [[]];
  const open = [];
  let lines = 0;
  const inner = () => (open.length ? open.at(-1).pieces : groups.at(-1));
  const enter = (scope) => {
    const made = { scope, pieces: [] };
    inner().push(made);
    open.push(made);
  };
  const nextGroup = () => {
    const scopes = open.splice(0).map(({ scope }) => scope);
    groups.push([]);
    lines = 0;
    scopes.forEach(enter);
  };
  for (const [token, scope] of `${html}\n`.matchAll(/<span class="([^"]*)">|<\/span>|[^<]+/g)) {
    if (scope !== undefined) enter(scope);
    else if (token === "</span>") open.pop();
    else
      for (const line of unescape(token).split(/(?<=\n)/)) {
        if (lines === GROUP_LINES) nextGroup();
        inner().push(line);
        if (line.endsWith("\n")) lines++;
      }
  }
  return groups;
}

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };
const unescape = (html) => html.replace(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => ENTITIES[entity]);
