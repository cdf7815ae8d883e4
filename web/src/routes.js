// Routes within the page, in the URL fragment, which is never sent to the server.

export const TABS = ["people", "invitations"];

/**
 * The route of a URL fragment: `{name: "chat", roomId, messageId}`, `{name: "account"}`,
 * `{name: "connect"}`, `{name: "library", libraryId}`, `{name: "admin", tab}`, `{name: "invite", code}`, or a document at a passage,
 * `{name: "source", documentId, start, end}`, whose links the MCP server makes (`source_links.py`).
 */
export function parseRoute(hash) {
  const [, place, ...rest] = hash.split("/").map(decode);
  const code = /^#invite=(.+)$/.exec(hash)?.[1];
  if (code) return { name: "invite", code: decode(code) };
  if (place === "c" && rest[0]) {
    return { name: "chat", roomId: rest[0], messageId: rest[1] || null };
  }
  if (place === "d" && rest[0]) {
    const [start = null, end = null] = /^\d+-\d+$/.test(rest[1]) ? rest[1].split("-").map(Number) : [];
    return { name: "source", documentId: rest[0], start, end };
  }
  if (place === "account") return { name: "account" };
  if (place === "library") return { name: "library", libraryId: rest[0] || null };
  if (place === "connect") return { name: "connect" };
  if (place === "admin") return { name: "admin", tab: TABS.includes(rest[0]) ? rest[0] : TABS[0] };
  return { name: "chat", roomId: null, messageId: null };
}

export const toRoom = (roomId, messageId) =>
  `#/c/${encodeURIComponent(roomId)}${messageId ? `/${encodeURIComponent(messageId)}` : ""}`;
export const toLibrary = (libraryId) =>
  libraryId ? `#/library/${encodeURIComponent(libraryId)}` : "#/library";
export const toAccount = "#/account";
export const toConnect = "#/connect";
export const toAdmin = (tab = TABS[0]) => `#/admin/${tab}`;

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
