import { canStartChats, html, Icon, t } from "../shared.js";

// As many as a question takes.
const MAX_ASKED = 1000;

/** What can be done with the documents that are selected. */
export function Selection({ edits, user, chosen, found, onSelect, actions, openDialog }) {
  const count = chosen.length;
  const remove = () =>
    actions.openDialog({
      title: t("library.deleteSelectedTitle", { count }),
      text: t("library.deleteSelectedText", { count }),
      verb: t("library.deleteSelected", { count }),
      onConfirm: async () => {
        for (const { document_id: id } of chosen) await actions.deleteDocument(id);
      },
    });
  const ready = chosen.filter((doc) => doc.status === "ready");
  const asks = canStartChats(user) && ready.length > 0 && ready.length <= MAX_ASKED;
  const ask = () =>
    actions.askOnly({
      name: ready.length === 1 ? ready[0].title : null,
      count: ready.length,
      document_ids: ready.map((doc) => doc.document_id),
    });
  const isAll = count === found.length;
  const all = () => onSelect(isAll ? [] : found.map((doc) => doc.document_id));
  return html`
    <div class="selection" role="group" aria-label=${t("library.selection")}>
      <label class="check"><input type="checkbox" checked=${isAll} onChange=${all}
        indeterminate=${count > 0 && !isAll} /> <span>${t("library.selectAll")}</span></label>
      <span class="muted" role="status">${count > 0 && t("library.selected", { count })}</span>
      ${
        asks &&
        html`<button type="button" class="button quiet" onClick=${ask}><${Icon} name="send"
          size=${16} /> ${t("library.ask")}</button>`
      }
      ${
        edits &&
        count > 0 &&
        html`
        <button type="button" class="button quiet"
          onClick=${() => openDialog({ kind: "move", documents: chosen })}><${Icon} name="folder"
          size=${16} /> ${t("library.move")}</button>
        <button type="button" class="button quiet"
          onClick=${() => openDialog({ kind: "tags", documents: chosen })}><${Icon} name="tag"
          size=${16} /> ${t("library.addTags")}</button>
        <button type="button" class="button quiet danger-text" onClick=${remove}><${Icon}
          name="trash" size=${16} /> ${t("common.delete")}</button>`
      }
    </div>
  `;
}
