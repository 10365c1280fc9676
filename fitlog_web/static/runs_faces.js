// What the parts of the page of all runs are told of each other, and may ask of the page.
import { mayChange } from "./allowed.js";
import { groupable } from "./columns.js";
import { byId } from "./dom.js";
import { keepShape } from "./showing.js";
import { TAGS } from "./tags.js";

/** @typedef {import("./runs_page.js").RunsPage} RunsPage */

/**
 * What follows from what is done in the table.
 * @param {RunsPage} page
 * @returns {import("./table.js").Events}
 */
export function tableEvents(page) {
  return {
    edited: (row, key, text, old) => page.edits.begin(row.id, key, text, old),
    isUnsaved: (row, key) => page.edits.isUnsaved(row, key),
    marks: (key, value) => page.marks.of(key, value),
    tagging: (row, place) => page.tagging.open(page.found.withRanks([row]).map(({ id }) => id), place),
    selected: () => page.selected(),
    sorted: () => page.order.sorted(),
    moved: (ids, aim) => void page.order.move(ids, aim),
    places: () => page.order.placesNow(),
    counted: () => page.drawCount(),
    reordered: (keys) => page.choice.save({ column_order: keys }),
    turned: () => page.arrange(),
    shaped: () => keepShape(page.table.pinned(), page.table.widths()),
    opened: (key, place) => page.choice.openMenu(key, place),
    isFiltered: (key) => page.found.filters.of(key) !== null,
  };
}

/**
 * What the bar of the selected runs asks.
 * @param {RunsPage} page
 * @returns {ConstructorParameters<typeof import("./selection.js").Selection>[1]}
 */
export function selectionFace(page) {
  return {
    withRanks: (rows) => page.found.withRanks(rows),
    differing: () => page.show.differs && page.show.among,
    onlyDiffering: () => page.onlyDiffering(),
    tagging: (ids, place) => page.tagging.open(ids, place),
    moving: async (place) => {
      const { openMoving } = await import("./move_menu.js");
      openMoving(place, page.table.chosenInView().length, (aim) => page.order.move(page.table.chosenInView(), aim));
    },
    trashing: () => (page.trashed = true),
    reload: () => page.reload(),
    catchUp: () => page.catchUp(),
  };
}

/**
 * What menus and panel of the columns ask.
 * @param {RunsPage} page
 * @returns {import("./column_choice.js").Face}
 */
export function choiceFace(page) {
  return {
    table: page.table,
    columns: page.columns,
    found: page.found,
    marks: page.marks,
    marked: () => page.remark(),
    filtered: () => {
      page.filter();
      page.drawChips();
      page.drawCount();
    },
    showSame: () => page.set("differs", false),
    hidden: () => page.drawChips(),
    opened: (open) => page.chips.columnsAreOpen(open),
  };
}

/**
 * What the order of rows made by hand asks.
 * @param {RunsPage} page
 * @returns {import("./own_order.js").Face}
 */
export function orderFace(page) {
  return {
    table: () => page.table,
    withRanks: (ids) => page.found.withRanks(ids.flatMap((id) => page.table.rows.get(id) ?? [])).map(({ id }) => id),
    undone: (undo) => (page.selection.undo = undo),
    changed: () => page.drawChips(),
  };
}

/**
 * What a change of tags asks.
 * @param {RunsPage} page
 * @returns {import("./tagging.js").Face}
 */
export function taggingFace(page) {
  return {
    rows: () => page.table.rows,
    hasColumn: () => page.columns.all.some(({ key }) => key === TAGS),
    draw: (id, key, value) => page.drawCell(id, key, value),
    undone: (undo) => (page.selection.undo = undo),
    reload: () => page.reload(),
    changed: async () => {
      await page.refreshMatches();
      page.drawChips();
    },
  };
}

/**
 * What the switches over the table do.
 * @param {RunsPage} page
 * @returns {ConstructorParameters<typeof import("./chips.js").Chips>[0]}
 */
export function chipsFace(page) {
  return {
    fresh: () => {
      page.showWaiting();
      page.table.toTop();
    },
    deleted: () => {
      page.set("deleted", !page.show.deleted);
      page.reload();
    },
    differs: () => {
      page.show.among = false;
      page.set("differs", !page.show.differs);
      page.selection.draw();
      page.arrange();
    },
    turn: (name) => page.turn(name),
    order: () => page.order.show(!page.order.on),
    unorder: () => page.order.drop(),
    views: async (place) => {
      const { openViews } = await import("./views.js");
      await openViews(place, !mayChange(), () => ({ row_order: page.order.moves }));
    },
    group: (place) => page.withGroups((groups) => groups.open(place)),
    conditions: () => {
      for (const key of page.found.filters.keys()) page.choice.filter(key, null);
    },
    columns: () => page.choice.togglePanel(!!byId("panel").hidden),
  };
}

/**
 * What the groups ask.
 * @param {RunsPage} page
 * @returns {import("./groups.js").Face}
 */
export function groupsFace(page) {
  return {
    ids: (by) => page.found.grouped(by),
    added: () => page.table.rowsInView().some((row) => row.added),
    columns: () => groupable(page.columns.all),
    differs: (key) => !page.columns.constant.has(key),
    isVisible: (key) => page.columns.isVisible(key),
    metrics: () => page.columns.all.map(({ key }) => key).filter((key) => key.startsWith("metric-") && page.columns.isVisible(key)),
    turned: (on) => {
      page.chips.groupsAreOn(on);
      page.drawCount();
    },
  };
}

/**
 * What the window for a row added by hand asks.
 * @param {RunsPage} page
 * @returns {Parameters<typeof import("./add_row.js").openAddRow>[0]}
 */
export function addFace(page) {
  return {
    columns: () => page.columns.all,
    has: (id) => page.table.rows.has(id),
    added: (row, widens) => page.showAdded(row, widens),
    removed: (id) => page.receive([], [id]),
  };
}
