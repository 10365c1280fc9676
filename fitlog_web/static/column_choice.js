// What a reader does to the columns of the table: their menus, their panel, what the view keeps of it.
import { mayChange } from "./allowed.js";
import { ask } from "./api.js";
import { rememberCondition } from "./filters.js";
import { ColumnPanel } from "./panel.js";
import { sayFailed } from "./shell.js";
import { remember } from "./showing.js";
import { viewName } from "./view.js";

/**
 * @typedef {object} Face what the columns ask of the page
 * @property {import("./table.js").RunTable} table
 * @property {import("./seen_columns.js").SeenColumns} columns
 * @property {import("./found_runs.js").FoundRuns} found
 * @property {import("./marks.js").Marks} marks
 * @property {() => void} marked the best of other columns is to be marked
 * @property {() => void} filtered a condition on a column is another now
 * @property {() => void} showSame shows the columns that never differ, too
 * @property {() => void} hidden other columns are hidden now
 * @property {(open: boolean) => void} opened the panel is open, or closed
 */

/** Changes the columns. */
export class ColumnChoice {
  /** @param {Face} face */
  constructor(face) {
    this.face = face;
    const { columns } = face;
    this.panel = new ColumnPanel({
      isHidden: (key) => !columns.isVisible(key),
      same: (key) => (columns.constant.has(key) ? { value: columns.constant.get(key) } : null),
      hide: (keys, hidden) => this.hide(keys, hidden),
      closed: () => {
        face.opened(false);
        remember("columns", "");
      },
    });
  }

  /** @param {string} key @param {DOMRect} place under which its menu opens */
  async openMenu(key, place) {
    const { openColumnMenu } = await import("./column_menu.js");
    openColumnMenu(key, place, this.menuFace());
  }

  /** @returns {import("./column_menu.js").Face} */
  menuFace() {
    const { table, found, marks } = this.face;
    return {
      values: (key) => found.valuesOf(key),
      condition: (key) => found.filters.of(key),
      filter: (key, condition) => this.filter(key, condition),
      sort: (key, direction) => table.sortBy(key, direction),
      sorted: (key) => table.sorted(key),
      best: (key) => marks.directions.get(key) ?? null,
      mark: (key, best) => {
        marks.choose(key, best);
        this.face.marked();
      },
      isPinned: (key) => table.pinned().includes(key),
      pin: (key, pinned) => table.pin([key], pinned),
      hide: (key) => this.hide([key], true),
    };
  }

  /** @param {string} key @param {import("./filters.js").Condition | null} condition */
  filter(key, condition) {
    this.face.found.filters.put(key, condition);
    rememberCondition(key, condition);
    this.face.table.markFiltered();
    this.face.filtered();
  }

  /** @param {string[]} keys @param {boolean} hidden */
  hide(keys, hidden) {
    const { columns, table } = this.face;
    columns.hide(keys, hidden);
    // Whoever asks for a column that never differs wants to see it.
    if (!hidden && keys.some((key) => columns.constant.has(key))) this.face.showSame();
    table.showColumns((key) => columns.isVisible(key));
    this.face.hidden();
    this.save({ hidden_columns: [...columns.hidden] });
  }

  /** @param {Record<string, unknown>} change what is to be remembered in the view's file */
  async save(change) {
    if (!mayChange()) return; // it then lasts as long as the page
    try {
      await ask("api/view", { method: "PATCH", body: { name: viewName(), set: change, new: false } });
    } catch (error) {
      sayFailed(error);
    }
  }

  /** @param {boolean} open */
  togglePanel(open) {
    this.panel.toggle(open);
    this.face.opened(open);
    remember("columns", open ? "1" : "");
  }
}
