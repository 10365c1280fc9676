// The run table: a thin face over the grid, which knows rows and columns and nothing of the server.
import { runAddress } from "./api.js";
import { definitions, fullText, idRoom } from "./columns.js";
import { byId } from "./dom.js";
import { harmless, whole } from "./format.js";
import { appearance, defaultColumn } from "./grid_look.js";
import { explainEditor } from "./editor_hint.js";
import { headingClass, markFiltered } from "./heading.js";
import { isNarrow, NARROW, onNarrow, shadeEdge } from "./narrow.js";
import { progressWidth } from "./progress.js";
import { bindMoving, dragging, heldCell } from "./row_drag.js";
import { RowOrder } from "./row_order.js";
import { copy } from "./shell.js";
import { TAGS } from "./tags.js";
import { tellOnDemand } from "./titles.js";
import { valueOf } from "./values.js";

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {import("ag-grid-community").GridApi<Row>} GridApi */

/**
 * @typedef {object} Events what the table tells the page
 * @property {(row: Row, key: string, text: string, old: unknown) => void} edited
 * @property {(row: Row, key: string) => boolean} isUnsaved
 * @property {(key: string, value: unknown) => string[]} marks the classes of a cell that is marked
 * @property {(row: Row, place: DOMRect) => void} tagging the row's tags are to be changed, at that place
 * @property {() => void} selected
 * @property {() => void} sorted
 * @property {(ids: string[], aim: import("./row_moving.js").Aim) => void} moved rows are to be moved
 * @property {() => Map<string, number> | null} places of the rows where no column is sorted by; null for those that they have
 * @property {() => void} counted the rows in view changed
 * @property {(keys: string[]) => void} reordered
 * @property {() => void} turned the columns were made anew, for a window of another width
 * @property {() => void} shaped a column was pinned, or drawn to another width
 * @property {(key: string, place: DOMRect) => void} opened a column's menu is wanted, at that place
 * @property {(key: string) => boolean} isFiltered whether a condition lies on the column
 */

/** Columns that stand in none of the groups. */
const OWN_COLUMNS = ["id", "state", "progress"];

/** The table of runs. */
export class RunTable {
  /**
   * @param {typeof import("ag-grid-community")} library
   * @param {Events} events
   * @param {(row: Row) => boolean} passes whether a row is in view
   */
  constructor(library, events, passes) {
    this.library = library;
    this.events = events;
    this.passes = passes;
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.ready = false;
    /** Changes whenever rows come or go. */
    this.version = 0;
    this.rowOrder = new RowOrder();
    /** How wide the column of progress was made, in pixels. */
    this.progress = 0;
    /** What the column definitions were made of. */
    this.defined = "";
    this.sampled = false;
    /** @type {Set<string>} columns whose width the reader chose */
    this.drawn = new Set();
    /** @type {GridApi} made with the first rows, for a grid that is empty first is built twice */
    this.api = /** @type {any} */ (null);
  }

  /** @returns {import("ag-grid-community").GridOptions<Row>} */
  options() {
    const { events } = this;
    return {
      ...appearance(this.library.themeQuartz),
      rowClassRules: { "row-hidden": ({ data }) => !!data?.hidden, "row-deleted": ({ data }) => !!data?.deleted },
      rowSelection: { mode: "multiRow", checkboxes: true, headerCheckbox: true, selectAll: "filtered", enableClickSelection: false },
      selectionColumnDef: { pinned: "left", lockPosition: "left", width: isNarrow() ? NARROW.box : 40, resizable: false, suppressHeaderMenuButton: true },
      defaultColDef: { ...defaultColumn(), comparator: () => 0, headerComponentParams: { innerHeaderComponent: headingClass(events) } },
      getRowId: ({ data }) => data.id,
      // The grid would read two values whenever two rows meet, so it is told that all are alike.
      postSortRows: ({ api, nodes }) => this.rowOrder.sort(nodes, sortingOf(nodes.length ? api.getColumnState() : []), () => events.places()),
      isExternalFilterPresent: () => true,
      doesExternalFilterPass: ({ data }) => !!data && this.passes(data),
      onCellValueChanged: ({ data, column, newValue, oldValue, source }) => {
        if (source) events.edited(data, column.getColId(), newValue ?? "", oldValue);
      },
      onSelectionChanged: () => events.selected(),
      onSortChanged: () => this.ready && events.sorted(),
      onModelUpdated: () => this.ready && events.counted(),
      onColumnMoved: ({ finished, source }) => {
        if (finished && source === "uiColumnMoved") events.reordered(this.order());
      },
      onColumnPinned: ({ source }) => source.startsWith("ui") && events.shaped(),
      onColumnResized: ({ finished, source, column }) => {
        if (finished && column && source === "uiColumnResized") this.resized(column.getColId());
      },
      ...dragging((id) => this.together(id), (ids, aim) => events.moved(ids, aim)),
      onCellEditingStarted: explainEditor,
      onCellClicked: ({ data, column, event }) => this.tagging(data, column.getColId(), event),
      onCellKeyDown: (event) => this.pressed(/** @type {any} */ (event)),
    };
  }

  /** @param {Row[]} rows that are to be shown in place of the ones before */
  hold(rows) {
    this.rows = new Map(rows.map((row) => [row.id, row]));
    this.version += 1;
  }

  /**
   * Builds the grid in `#grid`, with the rows at hand.
   * @param {Column[]} columns
   * @param {(key: string) => boolean} isVisible
   * @param {{sort: string[], pinned: string[], widths: Map<string, number>}} shape as the address has it
   */
  open(columns, isVisible, { sort, pinned, widths }) {
    for (const key of widths.keys()) this.drawn.add(key);
    const shape = shapesOf(columns, { sort, pinned, widths });
    this.api = this.library.createGrid(byId("grid"), {
      ...this.options(),
      columnDefs: this.definitions(columns, isVisible, shape),
      rowData: [...this.rows.values()],
    });
    this.ready = true;
    tellOnDemand(byId("grid"), (id, key) => this.titleOf(id, key));
    shadeEdge(byId("grid"));
    bindMoving(byId("grid"), (id, aim) => this.events.moved(this.together(id), aim));
    onNarrow(() => this.turned(isVisible));
    this.events.shaped();
  }

  /**
   * The window became narrow or wide: places and widths are others, but what the reader chose stays.
   * @param {(key: string) => boolean} isVisible
   */
  turned(isVisible) {
    const shape = shapesOf(this.columns, { sort: this.sorting(), pinned: this.pinned(), widths: this.widths() });
    this.api.setGridOption("columnDefs", []);
    this.api.setGridOption("columnDefs", this.definitions(this.columns, isVisible, shape));
    this.events.turned();
  }

  /** @param {string} id @param {string} key @returns {string | null | undefined} what a cell says in full */
  titleOf(id, key) {
    const row = this.rows.get(id);
    const column = this.api.getColumn(key);
    return row && column && !OWN_COLUMNS.includes(key) ? fullText(row, key, column.getActualWidth()) : undefined;
  }

  /** Shows the rows at hand in place of those before. */
  show() {
    this.api.setGridOption("rowData", [...this.rows.values()]);
    this.refreshMarks();
  }

  /**
   * Makes the column definitions anew, keeping what the user did to those that stay.
   * @param {Column[]} columns
   * @param {(key: string) => boolean} isVisible
   */
  define(columns, isVisible) {
    const kept = this.api.getColumnState().filter(({ colId }) => !colId.startsWith("ag-Grid"));
    // Widths that no row had a say in are not kept, nor that of what may say more now; what the reader chose is.
    const isKept = (/** @type {string} */ colId) => (this.sampled && colId !== "progress") || this.drawn.has(colId);
    const state = kept.map(({ colId, width, sort, sortIndex, pinned }) => ({ colId, width: isKept(colId) ? width : undefined, sort, sortIndex, pinned }));
    this.api.setGridOption("columnDefs", this.definitions(columns, isVisible));
    if (state.length) this.api.applyColumnState({ state });
  }

  /**
   * @param {Column[]} columns
   * @param {(key: string) => boolean} isVisible
   * @param {(key: string) => import("ag-grid-community").ColDef<Row>} shape
   */
  definitions(columns, isVisible, shape = () => ({})) {
    this.columns = columns;
    this.defined = this.headOf(columns);
    this.progress = progressWidth(this.rows.values());
    this.sampled = this.rows.size > 0;
    return definitions(columns, { rows: () => this.rows.values(), isUnsaved: this.events.isUnsaved, marks: this.events.marks, isVisible, shape });
  }

  /** @param {Column[]} columns @returns {boolean} whether the definitions of now are those of these columns */
  isFor(columns) {
    return this.defined === this.headOf(columns);
  }

  /** @returns {boolean} whether what runs tell of how far they are needs more room than when the columns were made */
  lacksProgress() {
    return progressWidth(this.rows.values()) > this.progress;
  }

  /** @param {Column[]} columns @returns {string} what of columns and rows the definitions follow */
  headOf(columns) {
    return JSON.stringify([columns.map(({ key, path, editable }) => [key, path, !!editable]), progressWidth(this.rows.values())]);
  }

  /**
   * Puts in what the server says has changed. Rows do not move under the pointer: the order is
   * made anew only when runs come or go.
   * @param {Row[]} rows
   * @param {string[]} removed
   */
  change(rows, removed) {
    const update = rows.filter((row) => this.rows.has(row.id));
    const add = rows.filter((row) => !this.rows.has(row.id));
    const remove = removed.flatMap((id) => this.rows.get(id) ?? []);
    for (const row of rows) this.rows.set(row.id, row);
    for (const { id } of remove) this.rows.delete(id);
    if (add.length || remove.length) this.version += 1;
    this.api.applyTransaction({ update, add, addIndex: 0, remove });
    if (update.length) this.refreshMarks(update);
    this.widen(rows);
  }

  /**
   * Gives ids and marks that came the room they need. While the pointer is over the table, what is
   * under it must not move away: then it is done when the pointer leaves.
   * @param {Row[]} rows
   */
  widen(rows) {
    const width = this.api.getColumn("id")?.getActualWidth();
    if (width === undefined || isNarrow() || this.drawn.has("id") || idRoom(rows) <= width) return;
    const grid = byId("grid");
    if (grid.matches(":hover")) grid.addEventListener("pointerleave", () => this.widen(rows), { once: true });
    else this.api.setColumnWidths([{ key: "id", newWidth: idRoom(rows) }]);
  }

  /** @param {Row[]} [rows] draws the cells anew that tell more of a row than their value; of all rows if left out */
  refreshMarks(rows) {
    const rowNodes = rows?.flatMap(({ id }) => this.api.getRowNode(id) ?? []);
    this.api.refreshCells({ rowNodes, columns: OWN_COLUMNS, force: true, suppressFlash: true });
  }

  /** @param {string[]} [columns] whose cells are marked otherwise than before; all if left out */
  remark(columns) {
    if (this.ready) this.api.refreshCells({ columns, force: true, suppressFlash: true });
  }

  /** @returns {boolean} whether a row is in view that should not be, or the other way round */
  isOutdated() {
    let found = false;
    this.api.forEachNode(({ data, displayed }) => void (found ||= !!data && this.passes(data) !== displayed));
    return found;
  }

  /** Applies the conditions for being in view again. */
  filter() {
    this.api.onFilterChanged();
  }

  /**
   * Shows exactly these columns.
   * @param {(key: string) => boolean} visible
   */
  showColumns(visible) {
    const others = this.columns.filter(({ key }) => (this.api.getColumn(key)?.isVisible() ?? visible(key)) !== visible(key));
    if (others.length) this.api.applyColumnState({ state: others.map(({ key }) => ({ colId: key, hide: !visible(key) })) });
  }

  /** @returns {string[]} the keys of the columns, as they stand from left to right */
  order() {
    const own = new Set(OWN_COLUMNS);
    return this.api.getColumnState().map(({ colId }) => colId).filter((key) => !own.has(key) && !key.startsWith("ag-Grid"));
  }

  /** @param {string} id @returns {string[]} the rows that move with one: itself, or all selected ones in view where it is one of them */
  together(id) {
    return this.api.getRowNode(id)?.isSelected() ? this.chosenInView() : [id];
  }

  /** @returns {string[]} the selected rows in view, as they stand from top to bottom */
  chosenInView() {
    const chosen = new Set(this.selected().map(({ id }) => id));
    return chosen.size ? this.rowsInView().flatMap(({ id }) => (chosen.has(id) ? [id] : [])) : [];
  }

  /** Puts the rows in order anew, sorted by no column any more; the keyboard stays at its row. */
  unsort() {
    const held = heldCell();
    if (this.sorting().length) this.api.applyColumnState({ defaultState: { sort: null } });
    else this.api.refreshClientSideRowModel("sort");
    const at = held && this.api.getRowNode(held.id)?.rowIndex;
    if (!held || typeof at !== "number") return;
    this.api.ensureIndexVisible(at);
    this.api.setFocusedCell(at, held.column);
  }

  /** @returns {string[]} the columns that the rows are sorted by: `-metric-acc`, `hyper-lr` */
  sorting() {
    return sortingOf(this.api.getColumnState());
  }

  /** @param {string} key @returns {"asc" | "desc" | null} */
  sorted(key) {
    const sort = this.api.getColumnState().find(({ colId }) => colId === key)?.sort;
    return sort === "asc" || sort === "desc" ? sort : null;
  }

  /** @param {string} key @param {"asc" | "desc" | null} sort by this column alone */
  sortBy(key, sort) {
    this.api.applyColumnState({ state: [{ colId: key, sort }], defaultState: { sort: null } });
  }

  /** @returns {string[]} the columns that the reader pinned, from left to right */
  pinned() {
    return this.api.getColumnState().filter(({ colId, pinned }) => pinned && colId !== "id" && !colId.startsWith("ag-Grid")).map(({ colId }) => colId);
  }

  /** @param {string[]} keys @param {boolean} pinned */
  pin(keys, pinned) {
    this.api.applyColumnState({ state: keys.map((colId) => ({ colId, pinned: pinned ? "left" : null })) });
    this.events.shaped();
  }

  /** @returns {Map<string, number>} the widths that the reader chose, in pixels */
  widths() {
    const state = this.api.getColumnState().filter(({ colId }) => this.drawn.has(colId));
    return new Map(state.map(({ colId, width }) => [colId, Math.round(width ?? 0)]));
  }

  /** @param {string} key */
  resized(key) {
    this.drawn.add(key);
    this.events.shaped();
  }

  /** Marks the headings of the columns with a condition. */
  markFiltered() {
    markFiltered(byId("grid"), this.events.isFiltered);
  }

  /** @returns {Row[]} the selected rows, in view or not */
  selected() {
    return this.api.getSelectedRows();
  }

  /** @returns {number} how many of the selected rows are out of view */
  selectedUnseen() {
    return this.api.getSelectedNodes().filter((node) => !node.displayed).length;
  }

  /** @param {string[]} ids of runs to select */
  select(ids) {
    this.api.setNodesSelected({ nodes: ids.flatMap((id) => this.api.getRowNode(id) ?? []), newValue: true });
  }

  clearSelection() {
    this.api.deselectAll();
  }

  /** Selects what is in view and not selected, and the other way round. */
  invertSelection() {
    /** @type {import("ag-grid-community").IRowNode<Row>[]} */
    const nodes = [];
    this.api.forEachNodeAfterFilter((node) => void nodes.push(node));
    const chosen = nodes.filter((node) => node.isSelected());
    const others = nodes.filter((node) => !node.isSelected());
    this.api.setNodesSelected({ nodes: chosen, newValue: false });
    this.api.setNodesSelected({ nodes: others, newValue: true });
  }

  /** @returns {number} how many rows are in view */
  inView() {
    return this.api.getDisplayedRowCount();
  }

  /** @returns {boolean} whether the first row is to be seen */
  atTop() {
    return this.api.getVerticalPixelRange().top < 8;
  }

  /**
   * Shows the first row. Rows that came just now make the grid put its scrollbar right in frames to
   * come, and that takes the rows back to where they were: so it is said anew until they stay.
   * @param {number} [frames] for how long
   */
  toTop(frames = 10) {
    if (!this.inView()) return;
    if (!this.atTop()) this.api.ensureIndexVisible(0, "top");
    if (frames) requestAnimationFrame(() => this.toTop(frames - 1));
  }

  /**
   * Draws a cell again, whose value or mark changed outside the grid.
   * @param {string} id
   * @param {string} key
   */
  redraw(id, key) {
    const node = this.api.getRowNode(id);
    if (node) this.api.refreshCells({ rowNodes: [node], columns: [key], force: true, suppressFlash: true });
  }

  /** Opens the editor of the focused row's memo. */
  editMemo() {
    const rowIndex = this.api.getFocusedCell()?.rowIndex;
    if (rowIndex !== undefined && this.api.getColumn("memo")) {
      this.api.startEditingCell({ rowIndex, colKey: "memo" });
    }
  }

  /** Takes the keyboard to the first row, as the grid itself would, so that it knows where the keyboard is. */
  enter() {
    if (!this.api.getDisplayedRowCount()) return;
    this.api.ensureIndexVisible(0);
    this.api.setFocusedCell(0, "id");
  }

  /** Opens the run that the keyboard is at in another tab. */
  openAside() {
    const rowIndex = this.api.getFocusedCell()?.rowIndex;
    const row = rowIndex === undefined ? undefined : this.api.getDisplayedRowAtIndex(rowIndex)?.data;
    if (row && !row.added) open(runAddress(row.id), "_blank", "noopener");
  }

  /** @param {import("ag-grid-community").CellKeyDownEvent<Row> & {event: KeyboardEvent}} cell */
  pressed({ data, column, value, event }) {
    if (!data) return;
    const key = event.key.toLowerCase();
    if (event.key === "Enter" && column.getColId() === "id" && !data.added) location.href = runAddress(data.id);
    if (event.key === "Enter") this.tagging(data, column.getColId(), event);
    if ((event.ctrlKey || event.metaKey) && key === "c" && !getSelection()?.toString()) {
      event.preventDefault();
      copy(this.selected().length ? this.tsv() : whole(value));
    }
  }

  /** @param {Row | undefined} row @param {string} key @param {Event | null | undefined} event in a cell */
  tagging(row, key, event) {
    const cell = event?.target instanceof Element ? event.target.closest(".ag-cell") : null;
    if (key !== TAGS || !cell || !row || row.deleted || !this.columns.some((column) => column.key === key && column.editable)) return;
    this.events.tagging(row, cell.getBoundingClientRect());
  }

  /** @returns {Row[]} the rows in view, as they stand from top to bottom */
  rowsInView() {
    /** @type {Row[]} */
    const rows = [];
    this.api.forEachNodeAfterFilterAndSort(({ data }) => void (data && rows.push(data)));
    return rows;
  }

  /** @returns {string[]} the keys of the columns in view, as they stand from left to right */
  columnsInView() {
    const keys = this.api.getAllDisplayedColumns().map((column) => column.getColId());
    return keys.filter((key) => !key.startsWith("ag-Grid"));
  }

  /** @returns {string} the selected rows with the columns in view, tab-separated, values in full */
  tsv() {
    const keys = this.columnsInView();
    const cell = (/** @type {unknown} */ value) => harmless(whole(value).replace(/[\t\r\n]+/g, " "));
    const line = (/** @type {Row} */ row) => keys.map((key) => cell(valueOf(row, key))).join("\t");
    return [keys.map(cell).join("\t"), ...this.selected().map(line)].join("\n");
  }
}

/**
 * What is particular to each column by what the reader chose.
 * @param {Column[]} columns
 * @param {{sort: string[], pinned: string[], widths: Map<string, number>}} chosen
 * @returns {(key: string) => import("ag-grid-community").ColDef<Row>}
 */
function shapesOf(columns, { sort, pinned, widths }) {
  const known = new Set([...OWN_COLUMNS, ...columns.map(({ key }) => key)]);
  const orders = new Map(sortsOf(sort, known).map((order) => [order.colId, order]));
  return (key) => ({
    ...orders.get(key),
    ...(pinned.includes(key) ? { pinned: /** @type {const} */ ("left") } : {}),
    ...(widths.has(key) ? { width: widths.get(key) } : {}),
  });
}

/**
 * @param {string[]} names columns, as `-metric-acc`
 * @param {Set<string>} known
 * @returns {{colId: string, sort: "asc" | "desc", sortIndex: number}[]}
 */
function sortsOf(names, known) {
  const key = (/** @type {string} */ name) => name.replace(/^-/, "");
  // Addresses of before had `%2C` for the commas between the columns, too.
  const meant = names.flatMap((name) => (known.has(key(name)) ? [name] : name.split(",")));
  return meant.map((name, sortIndex) => ({ colId: key(name), sort: name.startsWith("-") ? "desc" : "asc", sortIndex }));
}

/** @param {import("ag-grid-community").ColumnState[]} columns @returns {string[]} those that are sorted by, as `-metric-acc` */
function sortingOf(columns) {
  const sorted = columns.filter(({ sort }) => sort).sort((a, b) => (a.sortIndex ?? 0) - (b.sortIndex ?? 0));
  return sorted.map(({ colId, sort }) => (sort === "desc" ? `-${colId}` : colId));
}
