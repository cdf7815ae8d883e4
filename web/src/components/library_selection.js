import { html, Icon, t } from "../shared.js";

/** What can be done with the documents that are selected. */
export function Selection({ chosen, found, onSelect, actions, openDialog }) {
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
  const isAll = count === found.length;
  const all = () => onSelect(isAll ? [] : found.map((doc) => doc.document_id));
  return html`
    <div class="selection" role="group" aria-label=${t("library.selection")}>
      <label class="check"><input type="checkbox" checked=${isAll} onChange=${all}
        indeterminate=${count > 0 && !isAll} /> <span>${t("library.selectAll")}</span></label>
      <span class="muted" role="status">${count > 0 && t("library.selected", { count })}</span>
      ${
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
