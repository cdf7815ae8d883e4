import { t } from "./i18n/index.js";

/** Deletes a document, after the user has confirmed it. */
export function confirmDeletion({ document_id: id, title }, actions) {
  actions.openDialog({
    title: t("documents.deleteTitle"),
    text: t("documents.deleteText", { title }),
    verb: t("common.delete"),
    onConfirm: () => actions.deleteDocument(id),
  });
}
