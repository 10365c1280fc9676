// The single keys of the page of all runs, and their lines in the help.
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { explain, explainKey, onKey } from "./shell.js";

/** What another press of the key for sorting makes of a column's order. */
const NEXT = /** @type {const} */ ({ none: "asc", asc: "desc", desc: null });

/**
 * @typedef {object} Page the parts that the keys act on
 * @property {import("./search.js").SearchBox} search
 * @property {import("./selection.js").Selection} selection
 * @property {import("./column_choice.js").ColumnChoice} choice
 * @property {import("./table.js").RunTable} table
 */

/** @param {Page} page */
export function bindKeys(page) {
  const selected = () => page.selection.alive();
  onKey("/", (event) => {
    event.preventDefault();
    page.search.input.focus();
    page.search.input.select();
  });
  onKey("Escape", (event) => escape(event, page));
  onKey("c", () => page.selection.compare());
  onKey("h", () => selected().length && page.selection.hide(selected(), true));
  onKey("Delete", () => selected().length && page.selection.trash(selected()));
  onKey("u", () => page.selection.undo?.());
  onKey("e", (event) => {
    event.preventDefault();
    page.table.editMemo();
  });
  onKey("f", (event) => {
    const cell = focusedCell();
    if (!cell) return;
    event.preventDefault();
    page.choice.openMenu(cell.key, cell.place);
  });
  onKey("s", () => {
    const key = focusedCell()?.key;
    if (key) page.table.sortBy(key, NEXT[page.table.sorted(key) ?? "none"]);
  });
  for (const [keys, text] of /** @type {[string[], string][]} */ ([
    [["/"], "search"],
    [["Esc"], "escape"],
    [["↑", "↓"], "arrows"],
    [["Space"], "space"],
    [["Shift", "Space"], "range"],
    [["Ctrl", "A"], "all"],
    [["Enter"], "enter"],
    [["e"], "edit"],
    [["f"], "filter"],
    [["s"], "sort"],
    [["c"], "compare"],
    [["h"], "hide"],
    [["Delete"], "delete"],
    [["u"], "undo"],
    [["Shift", t("help.click")], "shift"],
  ])) {
    explainKey(keys, t(`help.${text}`));
  }
  explain(t("help.searching"));
}

/** The column and the place of the cell or heading that the keyboard is at. */
function focusedCell() {
  const cell = document.activeElement?.closest("#grid [col-id]");
  const key = cell?.getAttribute("col-id");
  return cell && key && !key.startsWith("ag-Grid") ? { key, place: cell.getBoundingClientRect() } : null;
}

/** @param {KeyboardEvent} event @param {Page} page */
function escape(event, { search, choice, table }) {
  if (event.target === search.input) {
    if (search.input.value) search.set("");
    else search.input.blur();
  } else if (event.target instanceof Element && event.target.closest(".ag-popup, .ag-cell-inline-editing")) return;
  else if (!byId("panel").hidden) choice.panel.toggle(false);
  else table.clearSelection();
}
