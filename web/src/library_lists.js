// What the library lists: collections in groups, and documents that are filtered and sorted. Pure.
import { isShared, t } from "./shared.js";

/** The documents of a library, which is a collection, a room or the user. */
export const libraryOf = ({ documents, user }, libraryId) =>
  (documents ?? []).filter((doc) => (doc.collection_id ?? user.id) === libraryId);

/** The name of a library; empty if it is not known. */
export function libraryName({ user, collections, rooms }, libraryId) {
  if (libraryId === user?.id) return t("library.own");
  const collection = collections?.find((one) => one.collection_id === libraryId);
  return collection?.name ?? rooms?.find((one) => one.room_id === libraryId)?.name ?? "";
}

/** The user's libraries in groups: `{kind, libraries: [{id, name, role}]}`; empty ones are left out. */
export function libraryGroups({ user, collections, rooms }) {
  const all = (collections ?? []).map(({ collection_id: id, name, role }) => ({ id, name, role }));
  const groups = [
    {
      kind: "own",
      libraries: [
        { id: user.id, name: t("library.own"), role: "owner" },
        ...all.filter((one) => one.role === "owner"),
      ],
    },
    { kind: "shared", libraries: all.filter((one) => one.role !== "owner") },
    {
      kind: "rooms",
      libraries: (rooms ?? [])
        .filter(isShared)
        .map(({ room_id: id, name, role }) => ({
          id,
          name,
          role: role === "viewer" ? "viewer" : "editor",
        })),
    },
  ];
  return groups.filter((group) => group.libraries.length);
}

/** The tags of documents, by name. */
export const tagsOf = (documents) =>
  [...new Set(documents.flatMap((doc) => doc.tags ?? []))].sort((a, b) => a.localeCompare(b));

/** Tags as a text is typed: separated by commas, each once. */
export const parseTags = (text) => [
  ...new Set(
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
];

const STATUS_ORDER = { failed: 0, indexing: 1, queued: 2, ready: 3 };
const byTitle = (a, b) => a.title.localeCompare(b.title, undefined, { numeric: true });
const COMPARE = {
  newest: (a, b) => (a.created_at < b.created_at ? 1 : -1),
  oldest: (a, b) => (a.created_at < b.created_at ? -1 : 1),
  name: byTitle,
  size: (a, b) => b.bytes - a.bytes,
  status: (a, b) => STATUS_ORDER[a.status] - STATUS_ORDER[b.status] || byTitle(a, b),
};
export const ORDERS = Object.keys(COMPARE);

const plain = (text) =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase();

/** The documents that have all words in their title, file name or tags, and the tag, in an order. */
export function filterDocuments(documents, { query = "", tag = null, order = "newest" }) {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const matches = (doc) => {
    const text = plain([doc.title, doc.name, ...(doc.tags ?? [])].filter(Boolean).join(" "));
    return words.every((word) => text.includes(word));
  };
  return documents
    .filter((doc) => (!tag || doc.tags?.includes(tag)) && matches(doc))
    .sort(COMPARE[order]);
}
