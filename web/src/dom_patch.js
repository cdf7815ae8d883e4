// Changes elements as little as possible, so that those of a growing text stay: selections in them
// hold, and only what is new is laid out.

/** Makes the children of an element equal to those of another one, which may lose its own. */
export function patchChildren(element, wanted) {
  const before = [...element.childNodes];
  const after = [...wanted.childNodes];
  after.forEach((node, i) => {
    if (i >= before.length) element.append(node);
    else if (!patch(before[i], node)) before[i].replaceWith(node);
  });
  for (const node of before.slice(after.length)) node.remove();
}

/** Makes a text the only content of an element; a text that has grown keeps its node. */
export function setText(element, text) {
  const { firstChild: node, childNodes } = element;
  if (childNodes.length === 1 && node.nodeType === Node.TEXT_NODE) patchText(node, text);
  else element.textContent = text;
}

/** Makes a node equal to another one; returns false if it has to be replaced. */
function patch(node, wanted) {
  if (node.nodeName !== wanted.nodeName) return false;
  if (node.nodeType === Node.TEXT_NODE) return patchText(node, wanted.data);
  if (!sameAttributes(node, wanted)) return false;
  patchChildren(node, wanted);
  return true;
}

function patchText(node, text) {
  if (node.data === text) return true;
  if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else node.data = text;
  return true;
}

function sameAttributes(node, wanted) {
  if (node.attributes.length !== wanted.attributes.length) return false;
  return [...wanted.attributes].every(({ name, value }) => node.getAttribute(name) === value);
}
