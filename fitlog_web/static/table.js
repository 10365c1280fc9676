// The run table: a thin face over the grid, which knows rows and columns and nothing of the server.
import { runAddress } from "./api.js";
import { definitions, valueOf } from "./columns.js";
import { byId } from "./dom.js";
import { harmless, whole } from "./format.js";
import { copy } from "./shell.js";

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {import("ag-grid-community").GridApi<Row>} GridApi */

/**
 * @typedef {object} Events what the table tells the page
 * @property {(row: Row, key: string, text: string, old: unknown) => void} edited
 * @property {(row: Row, key: string) => boolean} isUnsaved
 * @property {() => void} selected
 * @property {() => void} sorted
 * @property {() => void} counted the rows in view changed
 * @property {(keys: string[]) => void} reordered
 */

/** The table of runs. */
export class RunTable {
  /**
   * Builds the grid in `#grid`.
   * @param {typeof import("ag-grid-community")} library
   * @param {Events} events
   * @param {(row: Row) => boolean} passes whether a row is in view
   */
  constructor({ createGrid, themeQuartz }, events, passes) {
    this.events = events;
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.ready = false;
    /** @type {GridApi} */
    this.api = createGrid(byId("grid"), {
      ...appearance(themeQuartz),
      columnDefs: [],
      rowData: [],
      getRowId: ({ data }) => data.id,
      isExternalFilterPresent: () => true,
      doesExternalFilterPass: ({ data }) => !!data && passes(data),
      onCellValueChanged: ({ data, column, newValue, oldValue, source }) => {
        if (source) events.edited(data, column.getColId(), newValue ?? "", oldValue);
      },
      onSelectionChanged: () => events.selected(),
      onSortChanged: () => this.ready && events.sorted(),
      onModelUpdated: () => this.ready && events.counted(),
      onColumnMoved: ({ finished, source }) => {
        if (finished && source === "uiColumnMoved") events.reordered(this.order());
      },
      onCellKeyDown: (event) => this.pressed(/** @type {any} */ (event)),
    });
  }

  /**
   * Shows these columns and rows in place of the ones before; sorting and widths stay.
   * @param {Column[]} columns
   * @param {Row[]} rows
   */
  load(columns, rows) {
    this.columns = columns;
    this.rows = new Map(rows.map((row) => [row.id, row]));
    this.define();
    this.api.setGridOption("rowData", rows);
    this.ready = true;
  }

  /** Makes the column definitions anew, keeping what the user did to those that stay. */
  define() {
    const kept = this.api.getColumnState().filter(({ colId }) => !colId.startsWith("ag-Grid"));
    const made = definitions(this.columns, [...this.rows.values()], this.events.isUnsaved);
    this.api.setGridOption("columnDefs", made);
    const state = kept.map(({ colId, width, sort, sortIndex }) => ({ colId, width, sort, sortIndex }));
    if (state.length) this.api.applyColumnState({ state });
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
    this.api.applyTransaction({ update, add, addIndex: 0, remove });
    if (update.length) this.api.refreshCells({ rowNodes: update.flatMap(({ id }) => this.api.getRowNode(id) ?? []), columns: ["id", "state", "progress"], force: true, suppressFlash: true });
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
    const keys = this.columns.map(({ key }) => key);
    const state = keys.map((colId) => ({ colId, hide: !visible(colId) }));
    this.api.applyColumnState({ state });
  }

  /** @returns {string[]} the keys of the columns, as they stand from left to right */
  order() {
    const own = new Set(["id", "state", "progress"]);
    return this.api.getColumnState().map(({ colId }) => colId).filter((key) => !own.has(key) && !key.startsWith("ag-Grid"));
  }

  /** @returns {string} the sorting as the address spells it: `-metric-acc,hyper-lr` */
  sorting() {
    return this.api
      .getColumnState()
      .filter(({ sort }) => sort)
      .sort((a, b) => (a.sortIndex ?? 0) - (b.sortIndex ?? 0))
      .map(({ colId, sort }) => (sort === "desc" ? `-${colId}` : colId))
      .join(",");
  }

  /** @param {string} text as `sorting` spells it */
  sort(text) {
    const state = text.split(",").filter(Boolean).map((name, sortIndex) => ({
      colId: name.replace(/^-/, ""),
      sort: /** @type {"asc" | "desc"} */ (name.startsWith("-") ? "desc" : "asc"),
      sortIndex,
    }));
    this.api.applyColumnState({ state, defaultState: { sort: null } });
  }

  /** @returns {Row[]} the selected rows, in view or not */
  selected() {
    return this.api.getSelectedRows();
  }

  /** @returns {number} how many of the selected rows are out of view */
  selectedUnseen() {
    return this.api.getSelectedNodes().filter((node) => !node.displayed).length;
  }

  clearSelection() {
    this.api.deselectAll();
  }

  /** @returns {number} how many rows are in view */
  inView() {
    return this.api.getDisplayedRowCount();
  }

  /** @returns {boolean} whether the first row is to be seen */
  atTop() {
    return this.api.getVerticalPixelRange().top < 8;
  }

  toTop() {
    if (this.inView()) this.api.ensureIndexVisible(0, "top");
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

  /** @param {import("ag-grid-community").CellKeyDownEvent<Row> & {event: KeyboardEvent}} cell */
  pressed({ data, column, value, event }) {
    if (!data) return;
    const key = event.key.toLowerCase();
    if (event.key === "Enter" && column.getColId() === "id" && !data.added) location.href = runAddress(data.id);
    if ((event.ctrlKey || event.metaKey) && key === "c" && !getSelection()?.toString()) {
      event.preventDefault();
      copy(this.selected().length ? this.tsv() : whole(value));
    }
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
    const line = (/** @type {Row} */ row) =>
      keys.map((key) => cell(key === "progress" ? row.progress?.step : valueOf(row, key))).join("\t");
    return [keys.map(cell).join("\t"), ...this.selected().map(line)].join("\n");
  }
}

/**
 * @param {typeof import("ag-grid-community").themeQuartz} base
 * @returns {import("ag-grid-community").GridOptions<Row>}
 */
function appearance(base) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    theme: base.withParams({
      backgroundColor: "var(--bg)",
      foregroundColor: "var(--text)",
      accentColor: "var(--accent)",
      borderColor: "var(--line)",
      headerBackgroundColor: "var(--panel)",
      headerTextColor: "var(--text)",
      rowHoverColor: "color-mix(in srgb, var(--panel) 60%, transparent)",
      selectedRowBackgroundColor: "var(--tint)",
      valueChangeValueHighlightBackgroundColor: "var(--flash)",
      menuBackgroundColor: "var(--raised)",
      fontFamily: "inherit",
      fontSize: 13,
      headerFontSize: 12,
      headerFontWeight: 500,
      spacing: 5,
      cellHorizontalPadding: 10,
      rowHeight: 28,
      headerHeight: 26,
      headerColumnBorder: { color: "var(--line)" },
      headerColumnResizeHandleColor: "transparent",
      wrapperBorder: false,
      wrapperBorderRadius: 0,
      browserColorScheme: "inherit",
    }),
    styleNonce: document.documentElement.dataset.nonce,
    groupHeaderHeight: 24,
    defaultColDef: { sortable: true, resizable: true, enableCellChangeFlash: !still, minWidth: 48 },
    rowSelection: { mode: "multiRow", checkboxes: true, headerCheckbox: true, selectAll: "filtered", enableClickSelection: false },
    selectionColumnDef: { pinned: "left", lockPosition: "left", width: 40, resizable: false, suppressHeaderMenuButton: true },
    rowClassRules: { "row-hidden": ({ data }) => !!data?.hidden, "row-deleted": ({ data }) => !!data?.deleted },
    suppressModelUpdateAfterUpdateTransaction: true,
    stopEditingWhenCellsLoseFocus: true,
    enableBrowserTooltips: true,
    alwaysMultiSort: false,
    cellFlashDuration: 600,
    cellFadeDuration: 200,
    animateRows: false,
    suppressColumnVirtualisation: false,
    suppressDragLeaveHidesColumns: true,
    suppressOverlays: ["loading", "noRows", "noMatchingRows"],
  };
}
