// What the window of a cell's editor says besides the text.
import { byId, element } from "./dom.js";
import { t } from "./i18n.js";

/** Says in the window of an editor which keys end it. */
export function explainEditor() {
  const editor = byId("grid").querySelector(".ag-popup-editor .ag-large-text");
  if (!editor?.querySelector(".hint")) editor?.append(element("p", { class: "hint" }, t("edit.keys")));
}
