// The single keys of the page of all runs, and their lines in the help.
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { explain, explainKey, onKey } from "./shell.js";

/** What another press of the key for sorting makes of a column's order. */
const NEXT = /** @type {const} */ ({ none: "asc", asc: "desc", desc: null });

/** Keys that do in the table what another one does. */
const SAME = /** @type {const} */ ([["j", "ArrowDown"], ["k", "ArrowUp"], ["x", " "], ["X", " "]]);

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
  onKey("o", () => page.table.openAside());
  for (const [key, meant] of SAME) onKey(key, (event) => pressInstead(event, meant, page));
  document.addEventListener("keydown", (event) => undoOf(event, page));
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
    [["↑", "↓", "k", "j"], "arrows"],
    [["Space", "x"], "space"],
    [["Shift", "Space"], "range"],
    [["Ctrl", "A"], "all"],
    [["Enter"], "enter"],
    [["o"], "aside"],
    [["e"], "edit"],
    [["f"], "filter"],
    [["s"], "sort"],
    [["c"], "compare"],
    [["h"], "hide"],
    [["Delete"], "delete"],
    [["u", "Ctrl+Z"], "undo"],
    [["Shift", t("help.click")], "shift"],
    [["Alt", "↑", "↓"], "move"],
    [["Alt+Shift", "↑", "↓"], "ends"],
  ])) {
    explainKey(keys, t(`help.${text}`));
  }
  explain(t("help.searching"));
}

/**
 * Presses another key in the cell that the keyboard is at; where it is at none, in the first row.
 * @param {KeyboardEvent} event
 * @param {string} key
 * @param {Page} page
 */
function pressInstead(event, key, { table }) {
  const cell = document.activeElement?.closest("#grid [role=gridcell]");
  event.preventDefault();
  if (cell) cell.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey: event.shiftKey, bubbles: true, cancelable: true }));
  else table.enter();
}

/** @param {KeyboardEvent} event @param {Page} page */
function undoOf(event, { selection }) {
  const isField = event.target instanceof Element && event.target.matches("input:not([type=checkbox]), textarea, select");
  if (event.key !== "z" || event.shiftKey || !(event.ctrlKey || event.metaKey) || isField || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  selection.undo?.();
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
