// The page of all runs: puts table, search, columns, selection and the live updates together.
import { ApiError, ask, readList, unfold } from "./api.js";
import { Chips } from "./chips.js";
import { constantColumns, groupable, isInternal } from "./columns.js";
import { byId, element, pageData } from "./dom.js";
import { Edits } from "./edits.js";
import { t } from "./i18n.js";
import { readFilters, rememberCondition } from "./filters.js";
import { loadGrid } from "./libraries.js";
import { follow } from "./live.js";
import { drawEmpty, drawHidden, drawNotFound, drawSomething } from "./nothing.js";
import { ColumnPanel } from "./panel.js";
import { exportButton } from "./export_runs.js";
import { foldRanks } from "./ranks.js";
import { SearchBox } from "./search.js";
import { Selection } from "./selection.js";
import { beginPage, sayFailed, toast } from "./shell.js";
import { bindKeys } from "./shortcuts.js";
import { keepSelected, keepShape, keepShown, keepSorting, keepWanted, NEWEST, readWanted, readWidths, remember, shownBy } from "./showing.js";
import { RunTable } from "./table.js";
import { valueOf } from "./values.js";
import { expandView, ofView, viewName } from "./view.js";

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {import("./showing.js").Show} Show */

/** The page. */
class RunsPage {
  /**
   * @param {typeof import("ag-grid-community")} library
   * @param {Show} show what the address says is to be seen
   */
  constructor(library, show) {
    this.page = data;
    this.library = library;
    /** @type {import("./groups.js").Groups | null} made when groups are first asked for */
    this.groups = null;
    const query = new URLSearchParams(location.search);
    this.from = { q: query.get("q") ?? "", sort: readList("sort") };
    this.show = show;
    this.cursor = "";
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Set<string>} columns that the view leaves out */
    this.hiddenColumns = new Set();
    /** @type {Map<string, unknown>} */
    this.constant = new Map();
    /** @type {Set<string> | null} runs that match the search */
    this.matches = null;
    /** @type {Set<string> | null} runs that pass the view's saved filter */
    this.passing = null;
    /** @type {Map<string, Row[]>} runs that stand for other ranks of their job, with those */
    this.folds = new Map();
    /** @type {Set<string>} the runs that others stand for */
    this.folded = new Set();
    /** @type {Row[]} new runs that wait for a click */
    this.waiting = [];
    /** @type {Set<string>} */
    this.told = new Set();
    this.trashed = data.deleted > 0;
    /** @type {Set<string>} columns for readers of logs that this reader asked for */
    this.wanted = new Set(readWanted());
    this.filters = readFilters();
    this.edits = new Edits(
      (row) => this.receive([row]),
      (id, key, value) => this.drawCell(id, key, value),
    );
    this.table = new RunTable(library, this.tableEvents(), (row) => this.passes(row));
    this.selection = new Selection(this.table, {
      withRanks: (rows) => this.withRanks(rows),
      differing: () => this.show.differs && this.show.among,
      onlyDiffering: () => this.onlyDiffering(),
      trashing: () => (this.trashed = true),
      reload: () => this.reload(),
    });
    this.chips = this.makeChips();
    byId("chips").append(exportButton({ ids: (which) => this.idsOf(which), columns: () => this.table.columnsInView() }));
    if (!data.read_only) byId("chips").append(element("button", { type: "button", id: "add-row", onclick: () => this.addRow() }, t("add.open")));
    this.panel = new ColumnPanel({
      isHidden: (key) => !this.isVisible(key),
      same: (key) => (this.constant.has(key) ? { value: this.constant.get(key) } : null),
      hide: (keys, hidden) => this.hideColumns(keys, hidden),
      closed: () => this.chips.columnsAreOpen(false),
    });
    this.search = new SearchBox((ids) => this.found(ids), () => ({ columns: this.columns, rows: this.table.rows.values() }));
  }

  /** @returns {import("./table.js").Events} */
  tableEvents() {
    return {
      edited: (row, key, text, old) => this.edits.begin(row.id, key, text, old),
      isUnsaved: (row, key) => this.edits.isUnsaved(row, key),
      selected: () => this.selected(),
      sorted: () => keepSorting(this.table.sorting()),
      counted: () => this.drawCount(),
      reordered: (keys) => this.saveView({ column_order: keys }),
      shaped: () => keepShape(this.table.pinned(), this.table.widths()),
      opened: (key, place) => this.openColumn(key, place),
      isFiltered: (key) => this.filters.of(key) !== null,
    };
  }

  /** @param {string} key @param {DOMRect} place under which its menu opens */
  async openColumn(key, place) {
    const { openColumnMenu } = await import("./column_menu.js");
    openColumnMenu(key, place, this.columnFace());
  }

  /** @returns {import("./column_menu.js").Face} */
  columnFace() {
    return {
      values: (key) => this.valuesOf(key),
      condition: (key) => this.filters.of(key),
      filter: (key, condition) => this.filterColumn(key, condition),
      sort: (key, direction) => this.table.sortBy(key, direction),
      sorted: (key) => this.table.sorted(key),
      isPinned: (key) => this.table.pinned().includes(key),
      pin: (key, pinned) => this.table.pin([key], pinned),
      hide: (key) => this.hideColumns([key], true),
    };
  }

  /** @param {string} key @returns {unknown[]} its values in the runs that all other conditions leave */
  valuesOf(key) {
    return [...this.table.rows.values()].filter((row) => this.isSearched(row) && this.filters.passes(row, key)).map((row) => valueOf(row, key));
  }

  /** @param {string} key @param {import("./filters.js").Condition | null} condition */
  filterColumn(key, condition) {
    this.filters.put(key, condition);
    rememberCondition(key, condition);
    this.table.markFiltered();
    this.filter();
    this.drawChips();
    this.drawCount();
  }

  /** @param {any} answer the whole table */
  start(answer) {
    this.take(answer);
    this.table.sort(this.from.sort.length ? this.from.sort : [NEWEST]);
    this.table.pin(readList("pin"), true);
    this.table.setWidths(readWidths());
    this.table.select(readList("sel"));
    this.selected();
    byId("first").remove();
    if (this.from.q) this.search.set(this.from.q);
    follow({
      address: () => `api/changes?cursor=${encodeURIComponent(this.cursor)}${this.show.deleted ? "&deleted=1" : ""}`,
      changed: (changes) => this.change(changes),
      back: () => this.edits.retry(),
    });
    bindKeys(this);
    if (readList("group").length) this.withGroups((groups) => groups.draw());
  }

  /** @param {(groups: import("./groups.js").Groups) => void} act */
  async withGroups(act) {
    const { Groups } = await import("./groups.js");
    this.groups ??= new Groups(this.library, {
      ids: () => this.table.rowsInView().filter((row) => !row.added).map(({ id }) => id),
      added: () => this.table.rowsInView().some((row) => row.added),
      columns: () => groupable(this.columns),
      differs: (key) => !this.constant.has(key),
      isVisible: (key) => this.isVisible(key),
      turned: (on) => {
        this.chips.groupsAreOn(on);
        this.drawCount();
      },
    });
    act(this.groups);
  }

  /** @param {any} answer the whole table */
  take({ cursor, columns, rows, passing, problems }) {
    this.cursor = cursor;
    this.passing = passing ?? null;
    // Where nothing can be written, nothing is offered for editing.
    this.columns = this.page.read_only ? columns.map((/** @type {Column} */ column) => ({ ...column, editable: false })) : columns;
    this.tell(problems ?? []);
    this.waiting = [];
    this.hiddenColumns = new Set(columns.filter((/** @type {Column} */ { hidden }) => hidden).map((/** @type {Column} */ { key }) => key));
    this.table.load(this.columns, rows.map((/** @type {Row} */ row) => this.edits.over(row)));
    this.filter();
    this.arrange();
    this.drawCount();
  }

  /** @param {string[]} problems what the server could not read, each said once */
  tell(problems) {
    for (const problem of problems) if (!this.told.has(problem)) toast(problem, { error: true, stay: true });
    this.told = new Set(problems);
  }

  /** Fetches the table again, as a switch that the server must know about was turned. */
  async reload() {
    this.take(await fetchRuns(this.show));
    if (this.search.query) await this.search.search();
    this.filter();
  }

  /** Decides anew which columns are to be seen. */
  arrange() {
    this.constant = this.constantColumns();
    this.table.showColumns((key) => this.isVisible(key));
    this.panel.load(this.columns);
    this.drawChips();
  }

  /** Columns that never differ among the runs at hand, whatever the search leaves of them, or among the selected. */
  constantColumns() {
    if (this.show.among) return constantColumns(this.columns, this.table.selected());
    return constantColumns(this.columns, [...this.table.rows.values()].filter((row) => this.isAtHand(row)));
  }

  /** Other runs are selected than before. */
  selected() {
    const rows = this.table.selected();
    const among = this.show.among;
    keepSelected(rows.map(({ id }) => id));
    if (among && rows.length < 2) this.set("among", false);
    this.selection.draw();
    if (among) this.arrange();
  }

  /** Leaves out the columns that are the same in all selected runs, or brings them back. */
  onlyDiffering() {
    this.show.differs = true;
    this.set("among", !this.show.among);
    this.selection.draw();
    this.arrange();
  }

  /** @param {string} key */
  isVisible(key) {
    if (isInternal(key) && !this.wanted.has(key)) return false;
    return !this.hiddenColumns.has(key) && !(this.show.differs && this.constant.has(key));
  }

  /** @param {Row} row */
  isAtHand(row) {
    if (row.deleted && !this.show.deleted) return false;
    if (row.hidden && !this.show.hidden) return false;
    return !this.show.filter || !this.passing || this.passing.has(row.id);
  }

  /** @param {Row} row */
  passes(row) {
    return this.isFound(row) && !this.folded.has(row.id);
  }

  /** @param {Row} row */
  isFound(row) {
    return this.isSearched(row) && this.filters.passes(row);
  }

  /** @param {Row} row */
  isSearched(row) {
    return this.isAtHand(row) && (!this.matches || this.matches.has(row.id));
  }

  /** Decides anew which rows are to be seen. */
  filter() {
    this.fold();
    // Else the rows would be sorted anew, and move under the pointer.
    if (this.table.isOutdated()) this.table.filter();
  }

  /**
   * Lets one rank of each job stand for the others that are to be seen.
   * @returns {boolean} whether that changed the rows in view
   */
  fold() {
    const before = this.folded;
    const found = this.show.fold ? [...this.table.rows.values()].filter((row) => this.isFound(row)) : [];
    this.folds = foldRanks(found);
    this.folded = new Set([...this.folds.values()].flat().map(({ id }) => id));
    for (const row of this.table.rows.values()) {
      const count = this.folds.get(row.id)?.length;
      if (row.folds === count) continue;
      row.folds = count;
      this.table.redraw(row.id, "id");
    }
    return before.size !== this.folded.size || [...before].some((id) => !this.folded.has(id));
  }

  /**
   * What is done to a row is done to the ranks it stands for.
   * @param {Row[]} rows
   */
  withRanks(rows) {
    return [...new Set(rows.flatMap((row) => [row, ...(this.folds.get(row.id) ?? [])]))];
  }

  /** @param {Set<string> | null} ids */
  found(ids) {
    this.matches = ids;
    remember("q", this.search.query);
    this.filter();
    this.drawCount();
  }

  /** @param {any} changes what the server says has happened since the cursor */
  async change({ cursor, columns, rows, removed }) {
    this.cursor = cursor;
    if (columns) return this.reload();
    if (!rows?.length && !removed?.length) return;
    const known = (/** @type {Row} */ row) => this.table.rows.has(row.id);
    const fresh = rows.filter((/** @type {Row} */ row) => !known(row) && !row.deleted);
    this.waiting = this.waiting.filter(({ id }) => !removed.includes(id) && !fresh.some((/** @type {Row} */ row) => row.id === id));
    this.waiting.unshift(...fresh);
    this.receive(rows.filter(known), removed);
    if (this.waiting.length && this.table.atTop()) this.showWaiting();
    if (rows.length) await this.refreshMatches();
    this.drawChips();
  }

  /** Asks again which runs match, as values have changed. */
  async refreshMatches() {
    if (this.page.filter) {
      this.passing = await fetchPassing(this.page.view);
    }
    if (this.search.query) await this.search.search();
    this.filter();
  }

  /** @param {Row[]} rows @param {string[]} [removed] */
  receive(rows, removed = []) {
    const gone = this.show.deleted ? [] : rows.filter((row) => row.deleted).map(({ id }) => id);
    const kept = rows.filter(({ id }) => !gone.includes(id)).map((row) => this.edits.over(row));
    const before = this.constant.size;
    this.table.change(kept, [...removed, ...gone]);
    if (this.fold()) this.table.filter();
    this.constant = this.constantColumns();
    if (this.constant.size !== before) this.arrange();
    this.drawChips();
    this.drawCount();
  }

  showWaiting() {
    const rows = this.waiting;
    this.waiting = [];
    const first = this.table.rows.size === 0;
    this.receive(rows);
    if (first) this.table.define();
    this.arrange();
  }

  /** @param {string} id @param {string} key @param {string | null} value */
  drawCell(id, key, value) {
    const row = this.table.rows.get(id);
    if (row) row[key] = value;
    this.table.redraw(id, key);
  }

  /** @param {string[]} keys @param {boolean} hidden */
  hideColumns(keys, hidden) {
    for (const key of keys) {
      if (hidden) this.hiddenColumns.add(key);
      else this.hiddenColumns.delete(key);
      if (isInternal(key) && !hidden) this.wanted.add(key);
    }
    keepWanted(this.wanted);
    // Whoever asks for a column that never differs wants to see it.
    if (!hidden && keys.some((key) => this.constant.has(key))) this.set("differs", false);
    this.table.showColumns((key) => this.isVisible(key));
    this.drawChips();
    this.saveView({ hidden_columns: [...this.hiddenColumns] });
  }

  /** @param {Record<string, unknown>} change what is to be remembered in the view's file */
  async saveView(change) {
    try {
      await ask("api/view", { method: "PATCH", body: { name: viewName(), set: change } });
    } catch (error) {
      sayFailed(error);
    }
  }

  /** @param {keyof Show} name @param {boolean} on */
  set(name, on) {
    this.show[name] = on;
    keepShown(this.show);
    this.drawChips();
  }

  /** @param {"view" | "selected" | "all"} which @returns {string[]} */
  idsOf(which) {
    if (which === "all") return [...this.table.rows.keys()];
    const rows = which === "view" ? this.table.rowsInView() : this.table.selected();
    return this.withRanks(rows).map(({ id }) => id);
  }

  async addRow() {
    const { openAddRow } = await import("./add_row.js");
    openAddRow({
      columns: () => this.columns,
      has: (id) => this.table.rows.has(id),
      added: (row, widens) => this.showAdded(row, widens),
      removed: (id) => this.receive([], [id]),
    });
  }

  /**
   * Shows a row that was added.
   * @param {Row} row
   * @param {boolean} widens whether it has columns that no other row has
   * @returns {Promise<boolean>} whether search and filter let it be seen
   */
  async showAdded(row, widens) {
    if (widens || !this.table.rows.size) await this.reload();
    else {
      this.receive([row]);
      await this.refreshMatches();
    }
    const added = this.table.rows.get(row.id);
    return !!added && this.passes(added);
  }

  makeChips() {
    return new Chips({
      fresh: () => {
        this.showWaiting();
        this.table.toTop();
      },
      deleted: () => {
        this.set("deleted", !this.show.deleted);
        this.reload();
      },
      differs: () => {
        this.show.among = false;
        this.set("differs", !this.show.differs);
        this.selection.draw();
        this.arrange();
      },
      turn: (name) => this.turn(name),
      views: async (place) => {
        const { openViews } = await import("./views.js");
        await openViews(place, data.read_only);
      },
      group: (place) => this.withGroups((groups) => groups.open(place)),
      conditions: () => {
        for (const key of this.filters.keys()) this.filterColumn(key, null);
      },
      columns: () => {
        this.panel.toggle();
        this.chips.columnsAreOpen(!byId("panel").hidden);
      },
    });
  }

  /** @param {"hidden" | "filter" | "fold"} name */
  turn(name) {
    this.set(name, !this.show[name]);
    this.filter();
    this.arrange();
    this.drawCount();
  }

  drawChips() {
    this.chips.draw({
      show: this.show,
      rows: [...this.table.rows.values()],
      waiting: this.waiting.length,
      filter: this.passing && { text: this.page.filter ?? "", view: this.page.view ?? "" },
      trashed: this.trashed,
      constant: this.constant.size,
      conditions: this.filters.keys().map((key) => this.filters.words(key)),
    });
  }

  drawCount() {
    const total = this.table.rows.size;
    const inView = this.table.inView();
    const found = inView + this.folded.size;
    const text = found === total ? t("count.all", { n: total }) : t("count.some", { n: found, total });
    if (this.groups?.on) this.groups.draw();
    else byId("count").textContent = total ? text : "";
    this.drawNone(total, inView);
    this.selection.draw();
  }

  /** @returns {import("./nothing.js").Narrowing[]} the search and the columns' conditions */
  narrowing() {
    const rows = [...this.table.rows.values()].filter((row) => this.isAtHand(row));
    const matches = (/** @type {Row} */ row) => !this.matches || this.matches.has(row.id);
    const columns = this.filters.keys().map((key) => ({
      text: this.filters.words(key),
      without: rows.filter((row) => matches(row) && this.filters.passes(row, key)).length,
      remove: () => this.filterColumn(key, null),
    }));
    if (!this.matches) return columns;
    const without = rows.filter((row) => this.filters.passes(row)).length;
    return [{ text: this.search.query, without, remove: () => void this.search.set("") }, ...columns];
  }

  /** @param {number} total @param {number} inView */
  drawNone(total, inView) {
    if (total && inView) return drawSomething();
    if (!total && !this.waiting.length) return drawEmpty(this.page.log_dir ?? "");
    const narrowing = this.narrowing();
    if (narrowing.length) return drawNotFound(narrowing);
    const filtered = this.show.filter && this.passing !== null;
    drawHidden(filtered, () => this.turn(filtered ? "filter" : "hidden"));
  }
}

/**
 * The whole table, and which runs pass the view's saved filter.
 * @param {Show} show
 */
async function fetchRuns(show) {
  const { filter, view } = data;
  const [answer, passing] = await Promise.all([
    ask(`api/runs?format=compact&${ofView()}${show.deleted ? "&deleted=1" : ""}`),
    filter ? fetchPassing(view) : null,
  ]);
  return { ...unfold(answer), passing };
}

/**
 * @param {string} view
 * @returns {Promise<Set<string> | null>} null where the filter cannot be read: then every run is shown
 */
async function fetchPassing(view) {
  try {
    return new Set((await ask(`api/search?deleted=1&view=${encodeURIComponent(view)}`)).ids);
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return null;
    throw error;
  }
}

const data = pageData();
expandView();
const show = shownBy(new URLSearchParams(location.search));
beginPage(async () => {
  // The page brings the table with it where that is small.
  const [library, first] = await Promise.all([loadGrid(), data.complete && !show.deleted ? data : fetchRuns(show)]);
  new RunsPage(library, show).start(first);
});
