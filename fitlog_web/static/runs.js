// The page of all runs: puts table, search, columns, selection and the live updates together.
import { mayChange } from "./allowed.js";
import { ask, readList } from "./api.js";
import { Chips } from "./chips.js";
import { groupable } from "./columns.js";
import { drawCount, drawNone } from "./count.js";
import { byId, element, pageData } from "./dom.js";
import { Edits } from "./edits.js";
import { exportButton } from "./export_runs.js";
import { rememberCondition } from "./filters.js";
import { FoundRuns } from "./found_runs.js";
import { t } from "./i18n.js";
import { loadGrid } from "./libraries.js";
import { follow } from "./live.js";
import { NewRuns } from "./new_runs.js";
import { ColumnPanel } from "./panel.js";
import { fetchPassing, fetchRuns } from "./runs_source.js";
import { followColours } from "./run_dot.js";
import { SearchBox } from "./search.js";
import { SeenColumns } from "./seen_columns.js";
import { Selection } from "./selection.js";
import { beginPage, sayFailed, toast } from "./shell.js";
import { bindKeys } from "./shortcuts.js";
import { keepSelected, keepShape, keepShown, keepSorting, NEWEST, readWidths, remember, shownBy } from "./showing.js";
import { RunTable } from "./table.js";
import { TAGS, withTag } from "./tags.js";
import { expandView, viewName } from "./view.js";

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
    this.columns = new SeenColumns(show);
    this.found = new FoundRuns(show, () => this.table?.rows.values() ?? []);
    this.fresh = new NewRuns();
    /** @type {Set<string>} */
    this.told = new Set();
    this.trashed = data.deleted > 0;
    this.edits = new Edits(
      (row) => this.receive([row]),
      (id, key, value) => this.drawCell(id, key, value),
    );
    this.table = new RunTable(library, this.tableEvents(), (row) => this.found.passes(row));
    this.selection = new Selection(this.table, {
      withRanks: (rows) => this.found.withRanks(rows),
      differing: () => this.show.differs && this.show.among,
      onlyDiffering: () => this.onlyDiffering(),
      tagging: (ids, place) => this.openTags(ids, place),
      trashing: () => (this.trashed = true),
      reload: () => this.reload(),
    });
    followColours(byId("grid"));
    this.chips = this.makeChips();
    byId("chips").append(exportButton({ ids: (which) => this.idsOf(which), columns: () => this.table.columnsInView() }));
    if (mayChange()) byId("chips").append(element("button", { type: "button", id: "add-row", onclick: () => this.addRow() }, t("add.open")));
    this.panel = new ColumnPanel({
      isHidden: (key) => !this.columns.isVisible(key),
      same: (key) => (this.columns.constant.has(key) ? { value: this.columns.constant.get(key) } : null),
      hide: (keys, hidden) => this.hideColumns(keys, hidden),
      closed: () => {
        this.chips.columnsAreOpen(false);
        remember("columns", "");
      },
    });
    this.search = new SearchBox((ids) => this.searched(ids), () => ({ columns: this.columns.all, rows: this.table.rows.values() }));
  }

  /** @returns {import("./table.js").Events} */
  tableEvents() {
    return {
      edited: (row, key, text, old) => this.edits.begin(row.id, key, text, old),
      isUnsaved: (row, key) => this.edits.isUnsaved(row, key),
      tagging: (row, place) => this.openTags(this.found.withRanks([row]).map(({ id }) => id), place),
      selected: () => this.selected(),
      sorted: () => keepSorting(this.table.sorting()),
      counted: () => this.drawCount(),
      reordered: (keys) => this.saveView({ column_order: keys }),
      turned: () => this.arrange(),
      shaped: () => keepShape(this.table.pinned(), this.table.widths()),
      opened: (key, place) => this.openColumn(key, place),
      isFiltered: (key) => this.found.filters.of(key) !== null,
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
      values: (key) => this.found.valuesOf(key),
      condition: (key) => this.found.filters.of(key),
      filter: (key, condition) => this.filterColumn(key, condition),
      sort: (key, direction) => this.table.sortBy(key, direction),
      sorted: (key) => this.table.sorted(key),
      isPinned: (key) => this.table.pinned().includes(key),
      pin: (key, pinned) => this.table.pin([key], pinned),
      hide: (key) => this.hideColumns([key], true),
    };
  }

  /** @param {string} key @param {import("./filters.js").Condition | null} condition */
  filterColumn(key, condition) {
    this.found.filters.put(key, condition);
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
    const query = new URLSearchParams(location.search);
    if (query.get("columns") === "1") this.toggleColumns(true);
    if (query.get("stats") === "1") this.selection.statistics();
    if (readList("group").length) this.withGroups((groups) => groups.draw());
  }

  /** @param {(groups: import("./groups.js").Groups) => void} act */
  async withGroups(act) {
    const { Groups } = await import("./groups.js");
    this.groups ??= new Groups(this.library, {
      ids: (by) => this.found.grouped(by),
      added: () => this.table.rowsInView().some((row) => row.added),
      columns: () => groupable(this.columns.all),
      differs: (key) => !this.columns.constant.has(key),
      isVisible: (key) => this.columns.isVisible(key),
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
    this.found.passing = passing ?? null;
    this.columns.load(columns);
    this.tell(problems ?? []);
    this.fresh.take();
    this.table.load(this.columns.all, rows.map((/** @type {Row} */ row) => this.edits.over(row)));
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
    this.columns.compare(this.compared());
    this.table.showColumns((key) => this.columns.isVisible(key));
    this.panel.load(this.columns.all);
    this.drawChips();
  }

  /** @returns {Row[]} the rows that columns differ among: those at hand, whatever the search leaves of them, or the selected */
  compared() {
    return this.show.among ? this.table.selected() : this.found.atHand();
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

  /** Decides anew which rows are to be seen. */
  filter() {
    this.fold();
    // Else the rows would be sorted anew, and move under the pointer.
    if (this.table.isOutdated()) this.table.filter();
  }

  /** @returns {boolean} whether ranks that stand for others changed the rows in view */
  fold() {
    return this.found.fold((id) => this.table.redraw(id, "id"));
  }

  /** @param {Set<string> | null} ids */
  searched(ids) {
    this.found.matches = ids;
    remember("q", this.search.query);
    this.filter();
    this.drawCount();
  }

  /** @param {any} changes what the server says has happened since the cursor */
  async change({ cursor, columns, rows, removed }) {
    this.cursor = cursor;
    if (columns) return this.reload();
    if (!rows?.length && !removed?.length) return;
    this.receive(this.fresh.sort(rows, removed, (id) => this.table.rows.has(id)), removed);
    if (this.fresh.waiting.length && this.table.atTop()) this.showWaiting();
    if (rows.length) await this.refreshMatches();
    this.drawChips();
  }

  /** Asks again which runs match, as values have changed. */
  async refreshMatches() {
    if (this.page.filter) this.found.passing = await fetchPassing(this.page.view);
    if (this.search.query) await this.search.search();
    this.filter();
  }

  /** @param {Row[]} rows @param {string[]} [removed] */
  receive(rows, removed = []) {
    const gone = this.show.deleted ? [] : rows.filter((row) => row.deleted).map(({ id }) => id);
    const kept = rows.filter(({ id }) => !gone.includes(id)).map((row) => this.edits.over(row));
    this.table.change(kept, [...removed, ...gone]);
    if (this.fold()) this.table.filter();
    if (this.columns.compare(this.compared())) this.arrange();
    this.drawChips();
    this.drawCount();
  }

  showWaiting() {
    const rows = this.fresh.take();
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
    this.columns.hide(keys, hidden);
    // Whoever asks for a column that never differs wants to see it.
    if (!hidden && keys.some((key) => this.columns.constant.has(key))) this.set("differs", false);
    this.table.showColumns((key) => this.columns.isVisible(key));
    this.drawChips();
    this.saveView({ hidden_columns: [...this.columns.hidden] });
  }

  /** @param {Record<string, unknown>} change what is to be remembered in the view's file */
  async saveView(change) {
    if (!mayChange()) return; // it then lasts as long as the page
    try {
      await ask("api/view", { method: "PATCH", body: { name: viewName(), set: change, new: false } });
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
    return this.found.withRanks(rows).map(({ id }) => id);
  }

  /** @param {boolean} open */
  toggleColumns(open) {
    this.panel.toggle(open);
    this.chips.columnsAreOpen(open);
    remember("columns", open ? "1" : "");
  }

  /** @param {string[]} ids @param {DOMRect} place under which the window opens */
  async openTags(ids, place) {
    const { openTags } = await import("./tag_menu.js");
    openTags(place, {
      rows: () => ids.flatMap((id) => this.table.rows.get(id) ?? []),
      all: () => this.table.rows.values(),
      set: (tag, on) => this.setTag(ids, tag, on),
    });
  }

  /** @param {string[]} ids @param {string} tag @param {boolean} on */
  async setTag(ids, tag, on) {
    /** @type {string[]} */
    let changed;
    try {
      ({ changed } = await ask("api/tags", { method: "POST", body: { ids, tag, on } }));
    } catch (error) {
      return sayFailed(error);
    }
    if (!changed.length) return;
    await this.showTagged(changed, tag, on);
    const undo = () => void this.setTag(changed, tag, !on);
    this.selection.undo = undo;
    toast(t(on ? "tags.put" : "tags.taken", { tag, n: changed.length }), { actions: [[t("undo"), undo]] });
  }

  /** @param {string[]} ids @param {string} tag @param {boolean} on */
  async showTagged(ids, tag, on) {
    // The first tag makes the column, the last one takes it away.
    if (!this.columns.all.some(({ key }) => key === TAGS)) return this.reload();
    for (const id of ids) this.drawCell(id, TAGS, withTag(this.table.rows.get(id)?.[TAGS], tag, on) || null);
    await this.refreshMatches();
    this.drawChips();
  }

  async addRow() {
    const { openAddRow } = await import("./add_row.js");
    openAddRow({
      columns: () => this.columns.all,
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
    return !!added && this.found.passes(added);
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
        await openViews(place, !mayChange());
      },
      group: (place) => this.withGroups((groups) => groups.open(place)),
      conditions: () => {
        for (const key of this.found.filters.keys()) this.filterColumn(key, null);
      },
      columns: () => {
        this.toggleColumns(!!byId("panel").hidden);
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
      waiting: this.fresh.waiting.length,
      filter: this.found.passing && { text: this.page.filter ?? "", view: this.page.view ?? "" },
      trashed: this.trashed,
      constant: this.columns.constant.size,
      conditions: this.found.filters.keys().map((key) => this.found.filters.words(key)),
    });
  }

  drawCount() {
    const total = this.table.rows.size;
    const inView = this.table.inView();
    if (this.groups?.on) this.groups.draw();
    else drawCount(inView + this.found.folded.size, total);
    drawNone({ total, inView, waiting: this.fresh.waiting.length }, this.found, {
      folder: this.page.log_dir ?? "",
      query: this.search.query,
      clearSearch: () => void this.search.set(""),
      clearCondition: (key) => this.filterColumn(key, null),
      turn: (name) => this.turn(name),
    });
    this.selection.draw();
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
