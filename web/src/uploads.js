// Uploads files, two at a time, and reports progress.
import { newId } from "./client.js";
import { describeError, formatBytes } from "./format.js";
import { t } from "./i18n/index.js";

const MAX_PARALLEL = 2;
const MAX_FILES = 500;

/**
 * Why a file cannot be uploaded, as a text for the user, or null.
 *
 * @param {{name: string, size: number}} file
 * @param {{suffixes: string[] | null, limit?: number}} accepted `suffixes` are null until they are
 *   known; the server then decides; `limit` is in bytes
 */
export function rejectionReason({ name, size }, { suffixes, limit }) {
  const suffix = name.toLowerCase().match(/\.[^.]+$/)?.[0] ?? "";
  if (suffixes && !suffixes.includes(suffix)) {
    return suffix ? t("upload.wrongType", { suffix }) : t("upload.noType");
  }
  if (size === 0) return t("upload.emptyFile");
  if (limit && size > limit) {
    return t("upload.tooLarge", { size: formatBytes(size), limit: formatBytes(limit) });
  }
  return null;
}

export function createUploads(store, client) {
  const { dispatch, get } = store;
  const waiting = [];
  let active = 0;

  function add(files, libraryId = null) {
    const { suffixes, limits } = get();
    const accepted = { suffixes, limit: limits.max_upload_bytes };
    const chosen = [...files].slice(0, MAX_FILES);
    const uploads = chosen.map((file) => {
      const error = rejectionReason(file, accepted);
      return {
        id: newId(),
        file,
        libraryId,
        name: file.name,
        size: file.size,
        progress: 0,
        status: error ? "failed" : "waiting",
        error,
      };
    });
    dispatch({ type: "upload.added", uploads });
    waiting.push(...uploads.filter((upload) => !upload.error));
    pump();
  }

  function pump() {
    while (active < MAX_PARALLEL && waiting.length) {
      active++;
      send(waiting.shift()).finally(() => {
        active--;
        pump();
      });
    }
  }

  const change = (id, values) => dispatch({ type: "upload.changed", id, change: values });

  async function send({ id, file, libraryId }) {
    change(id, { status: "uploading" });
    try {
      const reply = await post(file, libraryId, (progress) => change(id, { progress }));
      const known = get().documents?.some((doc) => doc.document_id === reply.document_id);
      if (reply.duplicate) change(id, { status: "duplicate", documentId: reply.document_id });
      else if (known) dispatch({ type: "upload.removed", id });
      else change(id, { status: "accepted", documentId: reply.document_id });
    } catch (error) {
      change(id, { status: "failed", error: error.message, again: true });
    }
  }

  function post(file, libraryId, onProgress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", "api/documents");
      request.setRequestHeader("X-BasicChat", "1");
      for (const [name, value] of Object.entries(client.authorization()))
        request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
      request.onload = () => settle(request, resolve, reject);
      request.onerror = () => reject(new Error(t("upload.broken")));
      const form = new FormData();
      if (libraryId) form.append("collection_id", libraryId);
      form.append("file", file);
      request.send(form);
    });
  }

  return {
    add,
    dismiss: (id) => dispatch({ type: "upload.removed", id }),
    again: ({ id, file, libraryId }) => {
      dispatch({ type: "upload.removed", id });
      add([file], libraryId);
    },
  };
}

function settle(request, resolve, reject) {
  let body = {};
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // A proxy may respond with something other than JSON; the status is enough.
  }
  if (request.status < 300) return resolve(body);
  const error = body.error ?? body;
  const unexplained = t("upload.refused", { status: String(request.status) });
  const { message, hint } = describeError({ message: unexplained, ...error, ...error.data });
  reject(new Error([message, hint].filter(Boolean).join(" ")));
}

/** The dropped files, including those inside dropped folders. */
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const files = [];
  for (const entry of entries) await collect(entry, files);
  return files;
}

async function collect(entry, files) {
  if (files.length >= MAX_FILES || entry.name.startsWith(".")) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return files.push(file);
  }
  const reader = entry.createReader();
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return;
    for (const child of batch) await collect(child, files);
  }
}
