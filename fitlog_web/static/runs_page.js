// The page of all runs: puts table, search, columns, selection and the live updates together.
import { mayChange } from "./allowed.js";
import { ask, readList, root } from "./api.js";
import { Chips } from "./chips.js";
import { Clauses } from "./clauses.js";
import { ColumnChoice } from "./column_choice.js";
import { rowWith } from "./compact_rows.js";
import { drawCount, drawNone } from "./count.js";
import { byId, element, pageData } from "./dom.js";
import { Edits } from "./edits.js";
import { exportButton } from "./export_runs.js";
import { FoundRuns } from "./found_runs.js";
import { t } from "./i18n.js";
import { follow } from "./live.js";
import { Marks } from "./marks.js";
import { NewRuns } from "./new_runs.js";
import { OwnOrder } from "./own_order.js";
import { relationsAddress } from "./relations_address.js";
import { RuleAlerts, RunAlerts } from "./run_alerts.js";
import { keepRuled } from "./ruled.js";
import { addFace, chipsFace, choiceFace, groupsFace, orderFace, selectionFace, tableEvents, taggingFace } from "./runs_faces.js";
import { fetchPassing, fetchRuns } from "./runs_source.js";
import { followColours } from "./run_dot.js";
import { SearchBox } from "./search.js";
import { SeenColumns } from "./seen_columns.js";
import { Selection } from "./selection.js";
import { inWords } from "./sentences.js";
import { toast } from "./shell.js";
import { bindKeys } from "./shortcuts.js";
import { keepSelected, keepShown, readSorting, readWidths, remember } from "./showing.js";
import { RunTable } from "./table.js";
import { Tagging } from "./tagging.js";

/** From one question what the rules find to the next, in milliseconds; as often as fitlog watch looks. */
const RULES_PERIOD = 10_000;

/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {import("./showing.js").Show} Show */
/**
 * @typedef {object} Missing what the newest rows do not tell
 * @property {number} total how many rows there are
 * @property {number} atHand how many of them are neither hidden nor kept out by the view's filter
 * @property {Set<string>} same the columns that never differ among those
 */

/** The page. */
export class RunsPage {
  /**
   * @param {typeof import("ag-grid-community")} library
   * @param {Show} show what the address says is to be seen
   */
  constructor(library, show) {
    this.page = pageData();
    this.library = library;
    /** @type {import("./groups.js").Groups | null} made when groups are first asked for */
    this.groups = null;
    const query = new URLSearchParams(location.search);
    this.order = new OwnOrder(orderFace(this));
    this.from = { q: query.get("q") ?? "", sort: readSorting(this.order.exists), pinned: readList("pin"), widths: readWidths() };
    this.show = show;
    this.cursor = "";
    /** @type {Missing | null} while only the newest rows are there */
    this.missing = null;
    this.columns = new SeenColumns(show);
    this.found = new FoundRuns(show, () => this.table?.rows.values() ?? []);
    this.marks = new Marks();
    this.clauses = new Clauses(() => this.drawCount());
    this.fresh = new NewRuns();
    this.alerts = new RunAlerts();
    this.byRules = new RuleAlerts((id) => this.rowOf(id));
    /** Whether the new runs that wait may have columns that no other has. */
    this.widened = false;
    /** @type {Set<string>} */
    this.told = new Set();
    this.trashed = this.page.deleted > 0;
    this.edits = new Edits(
      (row) => this.receive([row]),
      (id, key, value) => this.drawCell(id, key, value),
    );
    this.tagging = new Tagging(taggingFace(this));
    this.table = new RunTable(library, tableEvents(this), (row) => this.found.passes(row));
    this.selection = new Selection(this.table, selectionFace(this));
    followColours(byId("grid"));
    this.chips = new Chips(chipsFace(this));
    this.export = exportButton({ ids: (which) => this.idsOf(which), columns: () => this.table.columnsInView() });
    byId("chips").append(this.export);
    const relations = element("a", { class: "button", id: "relations", href: relationsAddress(root), title: t("relations.title") }, t("relations.open"));
    relations.addEventListener("click", () => (relations.href = relationsAddress(root)));
    byId("chips").append(relations);
    if (mayChange()) byId("chips").append(element("button", { type: "button", id: "add-row", onclick: () => this.addRow() }, t("add.open")));
    this.choice = new ColumnChoice(choiceFace(this));
    this.search = new SearchBox((ids) => this.searched(ids), () => ({ columns: this.columns.all, rows: this.table.rows.values() }));
  }

  /**
   * Shows the newest rows until the others come.
   * @param {any} answer those rows
   * @param {Missing} missing what they do not tell
   */
  begin(answer, missing) {
    this.wait(missing);
    this.lay(answer);
  }

  /** @param {Missing | null} missing what the rows at hand do not tell; null where all are there */
  wait(missing) {
    this.missing = missing;
    this.export.disabled = missing !== null; // it would be a part without saying so
    byId("grid").setAttribute("aria-busy", String(missing !== null));
  }

  /** @param {any} answer the whole table, of which the newest rows are shown already */
  complete(answer) {
    this.wait(null);
    this.take(answer, true);
    this.goOn();
  }

  /** @param {any} answer the whole table */
  start(answer) {
    this.wait(null);
    this.lay(answer);
    this.goOn();
  }

  /**
   * Puts the first rows into the table, sorted and shaped as the address says.
   * @param {any} answer
   */
  lay(answer) {
    // Out of the way before the grid measures the page, in one frame with it.
    byId("first").remove();
    this.take(answer);
    this.table.select(readList("sel"));
    this.selected();
    bindKeys(this);
    if (new URLSearchParams(location.search).get("columns") === "1") this.choice.togglePanel(true);
  }

  /** Begins what needs all rows: the search, what comes meanwhile, statistics, groups. */
  goOn() {
    if (this.from.q) this.search.set(this.from.q);
    follow({
      address: () => this.changesAddress(),
      changed: (changes) => this.change(changes),
      back: () => {
        this.edits.retry();
        this.order.save();
      },
    });
    // Asked at once: what a rule finds already is no news.
    follow({ address: () => "api/alerts", changed: (found) => this.heedRules(found), period: RULES_PERIOD })();
    if (new URLSearchParams(location.search).get("stats") === "1") this.selection.statistics();
    if (readList("group").length) this.withGroups((groups) => groups.draw());
  }

  /** @param {(groups: import("./groups.js").Groups) => void} act */
  async withGroups(act) {
    const { Groups } = await import("./groups.js");
    this.groups ??= new Groups(this.library, groupsFace(this));
    act(this.groups);
  }

  /**
   * @param {any} answer the whole table
   * @param {boolean} [going] whether it goes on with the rows before, so that the same columns look the same
   */
  take({ cursor, columns, rows, passing, problems, sentences }, going = false) {
    this.cursor = cursor;
    this.found.passing = passing ?? null;
    this.columns.load(columns);
    this.tell({ problems, sentences });
    this.fresh.take();
    this.table.hold(rows.map((/** @type {Row} */ row) => this.edits.over(row)));
    this.found.fold(() => {}); // they are drawn below
    this.compare();
    if (this.table.ready) this.retake(going);
    else this.table.open(this.columns.all, (key) => this.columns.isVisible(key), this.from);
    this.drawArranged();
    this.drawCount();
  }

  /** @param {boolean} going */
  retake(going) {
    if (going && this.table.isFor(this.columns.all)) this.table.showColumns((key) => this.columns.isVisible(key));
    else this.define();
    this.table.show();
    if (this.table.isOutdated()) this.table.filter();
  }

  /** @param {{problems?: string[], sentences?: any[]}} answer what the server could not read, each said once */
  async tell(answer) {
    const { problems = [] } = await inWords(answer);
    for (const problem of problems) if (!this.told.has(problem)) toast(problem, { error: true, stay: true });
    this.told = new Set(problems);
  }

  /** Fetches the table again, as a switch that the server must know about was turned. */
  async reload() {
    this.take(await fetchRuns(this.show));
    if (this.search.query) await this.search.search();
    this.filter();
  }

  define() {
    this.table.define(this.columns.all, (key) => this.columns.isVisible(key));
  }

  /** Decides anew which columns are to be seen. */
  arrange() {
    this.compare();
    this.table.showColumns((key) => this.columns.isVisible(key));
    this.drawArranged();
  }

  /** @returns {boolean} whether other columns than before never differ */
  compare() {
    return this.columns.compare(this.compared(), this.missing?.same);
  }

  drawArranged() {
    this.choice.panel.load(this.columns.all);
    this.drawChips();
  }

  /** @returns {Row[]} the rows that columns differ among: those at hand, whatever the search leaves of them, or the selected */
  compared() {
    return this.show.among && this.table.ready ? this.table.selected() : this.found.atHand();
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
    this.clauses.take(this.search.about.clauses);
    if (this.marks.seek(this.search.about.texts)) this.table.remark();
    remember("q", this.search.query);
    this.filter();
    this.drawCount();
  }

  /** @returns {string} where what happened since the cursor is asked for */
  changesAddress() {
    return `api/changes?format=compact&cursor=${encodeURIComponent(this.cursor)}${this.show.deleted ? "&deleted=1" : ""}`;
  }

  /** Takes up what was just done to runs here, and whatever else happened, without fetching the table again. */
  async catchUp() {
    const { cursor, columns, removed, ...told } = await ask(this.changesAddress());
    const rows = this.changedRows(told);
    this.cursor = cursor;
    this.heed(rows);
    if (columns) this.columns.load(columns);
    this.fresh.sort([], [...removed, ...rows.map((/** @type {Row} */ { id }) => id)], () => true);
    this.receive(rows, removed);
    if (columns) this.takeColumns();
    await this.refreshMatches();
  }

  /** @param {any} changes what the server says has happened since the cursor */
  async change({ cursor, columns, removed, ...told }) {
    const rows = this.changedRows(told);
    this.cursor = cursor;
    if (rows.length) this.heed(rows);
    if (columns) this.columns.load(columns);
    if (rows.length || removed?.length) this.receive(this.fresh.sort(rows, removed, (id) => this.table.rows.has(id)), removed);
    if (this.fresh.waiting.length && this.table.atTop()) this.showWaiting();
    if (columns) this.takeColumns();
    if (rows.length) await this.refreshMatches();
    this.drawChips();
  }

  /** @param {{rows?: Row[], gone_on?: any[]}} told rows, and what further records changed of others @returns {Row[]} all of them, whole */
  changedRows({ rows = [], gone_on = [] }) {
    const others = gone_on.flatMap((latest) => {
      const before = this.rowOf(latest.id);
      return before ? [rowWith(before, latest)] : [];
    });
    return [...rows, ...others];
  }

  /** @param {Row[]} rows what is told of if a run that went on dies, stalls or comes to NaN by it */
  heed(rows) {
    this.alerts.look(rows, (id) => this.rowOf(id));
  }

  /** @param {{alerts: {id: string, rule: string}[], problems: string[]}} found by the rules: told if it is new, and marked */
  heedRules(found) {
    this.byRules.look(found);
    for (const id of keepRuled(found.alerts)) if (this.table.rows.has(id)) this.table.redraw(id, "id");
  }

  /** @param {string} id @returns {Row | undefined} a run as it is in the table, or waits to be shown */
  rowOf(id) {
    return this.table.rows.get(id) ?? this.fresh.waiting.find((row) => row.id === id);
  }

  /** Other columns are there, or in another order, or hidden; the rows that have them came by themselves. */
  takeColumns() {
    if (!this.table.isFor(this.columns.all)) {
      this.define();
      // How a column looks follows its values, which may wait to be shown.
      this.widened = this.fresh.waiting.length > 0;
    }
    this.arrange();
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
    if (this.table.lacksProgress()) this.define();
    if (this.fold()) this.table.filter();
    if (this.compare()) this.arrange();
    this.drawChips();
    this.drawCount();
  }

  showWaiting() {
    const rows = this.fresh.take();
    const first = this.table.rows.size === 0;
    this.receive(rows);
    if (first || this.widened) this.define();
    this.widened = false;
    this.arrange();
  }

  /** @param {string} id @param {string} key @param {string | null} value */
  drawCell(id, key, value) {
    const row = this.table.rows.get(id);
    if (row) row[key] = value;
    this.table.redraw(id, key);
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

  async addRow() {
    const { openAddRow } = await import("./add_row.js");
    openAddRow(addFace(this));
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

  /** @param {"hidden" | "filter" | "fold" | "diverged"} name */
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
      order: this.order,
      filter: this.found.passing && { text: this.page.filter ?? "", view: this.page.view ?? "" },
      trashed: this.trashed,
      constant: this.columns.constant.size,
      conditions: this.found.filters.keys().map((key) => this.found.filters.words(key)),
    });
  }

  drawCount() {
    if (this.missing) return this.drawFirstCount(this.missing);
    const total = this.table.rows.size;
    const inView = this.table.inView();
    this.remark();
    if (this.groups?.on) this.groups.draw();
    else drawCount(inView + this.found.folded.size, total);
    drawNone({ total, inView, waiting: this.fresh.waiting.length }, this.found, {
      folder: this.page.log_dir ?? "",
      query: this.search.query,
      unknown: this.search.about.unknown,
      clauses: () => this.clauses.without(),
      search: (text) => void this.search.set(text),
      clearCondition: (key) => this.choice.filter(key, null),
      turn: (name) => this.turn(name),
    });
    this.selection.draw();
  }

  /** Marks the best of the runs in view. */
  remark() {
    const changed = this.marks.look(() => this.table.rowsInView());
    if (changed.length) this.table.remark(changed);
  }

  /** @param {Missing} missing */
  drawFirstCount({ total, atHand }) {
    // How many runs a condition or a search leaves cannot be told before all are there.
    if (this.found.narrows()) byId("count").textContent = "";
    else drawCount(atHand, total);
    this.selection.draw();
  }
}
