// The page of all runs: puts table, search, columns, selection and the live updates together.
import { ApiError, ask, changeAddress, compareAddress } from "./api.js";
import { constantColumns, isInternal } from "./columns.js";
import { byId, element, pageData } from "./dom.js";
import { Edits } from "./edits.js";
import { t } from "./i18n.js";
import { loadGrid } from "./libraries.js";
import { follow } from "./live.js";
import { ColumnPanel } from "./panel.js";
import { foldRanks } from "./ranks.js";
import { SearchBox } from "./search.js";
import { beginPage, copyButton, explain, explainKey, onKey, openDialog, toast } from "./shell.js";
import { RunTable } from "./table.js";

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("../frontend/types").Row} Row */

/** @param {string} folder */
const snippet = (folder) => `import fitlog

fitlog.set_log_dir(${JSON.stringify(folder)})
fitlog.add_hyper(0.1, name="lr")
for step in range(100):
    fitlog.add_loss(1 / (step + 1), step=step, name="loss")
fitlog.finish()`;

/** @typedef {{hidden: boolean, deleted: boolean, filter: boolean, differs: boolean, fold: boolean}} Show */

/** The page. */
class RunsPage {
  /**
   * @param {typeof import("ag-grid-community")} library
   * @param {Show} show what the address says is to be seen
   */
  constructor(library, show) {
    this.page = data;
    const query = new URLSearchParams(location.search);
    this.from = { q: query.get("q") ?? "", sort: query.get("sort") || "-id" };
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
    /** @type {(() => void) | null} */
    this.undo = null;
    /** @type {Set<string>} */
    this.told = new Set();
    this.trashed = data.deleted > 0;
    /** @type {Set<string>} columns for readers of logs that this reader asked for */
    this.wanted = new Set(readWanted());
    this.edits = new Edits(
      (row) => this.receive([row]),
      (id, key, value) => this.drawCell(id, key, value),
    );
    this.table = new RunTable(library, this.tableEvents(), (row) => this.passes(row));
    this.chips = this.makeChips();
    this.panel = new ColumnPanel({
      isHidden: (key) => !this.isVisible(key),
      same: (key) => (this.constant.has(key) ? { value: this.constant.get(key) } : null),
      hide: (keys, hidden) => this.hideColumns(keys, hidden),
      closed: () => this.chips.columns.setAttribute("aria-expanded", "false"),
    });
    this.search = new SearchBox((ids) => this.found(ids));
  }

  /** @returns {import("./table.js").Events} */
  tableEvents() {
    return {
      edited: (row, key, text, old) => this.edits.begin(row.id, key, text, old),
      isUnsaved: (row, key) => this.edits.isUnsaved(row, key),
      selected: () => this.drawSelection(),
      sorted: () => this.remember("sort", this.table.sorting() === "-id" ? "" : this.table.sorting()),
      counted: () => this.drawCount(),
      reordered: (keys) => this.saveView({ column_order: keys }),
    };
  }

  /** @param {any} answer the whole table */
  start(answer) {
    this.take(answer);
    this.table.sort(this.from.sort);
    byId("first").remove();
    if (this.from.q) this.search.set(this.from.q);
    follow({
      address: () => `api/changes?cursor=${encodeURIComponent(this.cursor)}${this.show.deleted ? "&deleted=1" : ""}`,
      changed: (changes) => this.change(changes),
      back: () => this.edits.retry(),
    });
    this.bindKeys();
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

  /** Columns that never differ among the runs at hand, whatever the search leaves of them. */
  constantColumns() {
    return constantColumns(this.columns, [...this.table.rows.values()].filter((row) => this.isAtHand(row)));
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
    return this.isAtHand(row) && (!this.matches || this.matches.has(row.id));
  }

  /** Decides anew which rows are to be seen. */
  filter() {
    this.fold();
    this.table.filter();
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
    this.remember("q", this.search.query);
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
      await ask("api/view", { method: "PATCH", body: { set: change } });
    } catch (error) {
      this.failed(error);
    }
  }

  /**
   * Keeps a piece of the page's state in its address.
   * @param {string} name
   * @param {string} value
   */
  remember(name, value) {
    changeAddress({ [name]: encodeURIComponent(value) });
  }

  /** @param {"hidden" | "deleted" | "filter" | "differs" | "fold"} name @param {boolean} on */
  set(name, on) {
    this.show[name] = on;
    const show = [this.show.hidden ? "hidden" : "", this.show.deleted ? "deleted" : ""];
    this.remember("show", show.filter(Boolean).join(","));
    this.remember("filter", this.show.filter ? "" : "off");
    this.remember("differs", this.show.differs ? "" : "off");
    this.remember("ranks", this.show.fold ? "" : "all");
    this.drawChips();
  }

  makeChips() {
    const chip = (/** @type {() => void} */ action) => element("button", { type: "button", hidden: true, onclick: action });
    const chips = {
      fresh: chip(() => {
        this.showWaiting();
        this.table.toTop();
      }),
      filter: chip(() => this.turn("filter")),
      hidden: chip(() => this.turn("hidden")),
      deleted: chip(() => {
        this.set("deleted", !this.show.deleted);
        this.reload();
      }),
      fold: chip(() => this.turn("fold")),
      differs: chip(() => {
        this.set("differs", !this.show.differs);
        this.arrange();
      }),
      columns: chip(() => {
        this.panel.toggle();
        chips.columns.setAttribute("aria-expanded", String(!byId("panel").hidden));
      }),
    };
    chips.fresh.className = "primary";
    chips.deleted.textContent = t("chip.deleted");
    chips.deleted.title = t("chip.deleted.title");
    chips.fold.textContent = t("chip.ranks");
    chips.fold.title = t("chip.ranks.title");
    chips.differs.textContent = t("chip.differs");
    chips.differs.title = t("chip.differs.title");
    chips.columns.textContent = t("chip.columns");
    chips.columns.setAttribute("aria-expanded", "false");
    chips.columns.setAttribute("aria-controls", "panel");
    byId("chips").append(...Object.values(chips));
    return chips;
  }

  /** @param {"hidden" | "filter" | "fold"} name */
  turn(name) {
    this.set(name, !this.show[name]);
    this.filter();
    this.arrange();
    this.drawCount();
  }

  drawChips() {
    const { fresh, filter, hidden, deleted, fold, differs, columns } = this.chips;
    const rows = [...this.table.rows.values()];
    const hiddenRuns = rows.filter((row) => row.hidden && !row.deleted).length;
    fresh.hidden = !this.waiting.length;
    fresh.textContent = t("chip.new", { n: this.waiting.length });
    filter.hidden = !this.passing;
    filter.textContent = t("chip.filter");
    filter.title = this.show.filter
      ? t("chip.filter.title", { view: this.page.view ?? "", filter: this.page.filter ?? "" })
      : t("chip.filter.title.off", { filter: this.page.filter ?? "" });
    hidden.hidden = !hiddenRuns;
    hidden.textContent = t(this.show.hidden ? "chip.hidden.on" : "chip.hidden", { n: hiddenRuns });
    deleted.hidden = !this.trashed && !this.show.deleted;
    fold.hidden = !rows.some(({ job }) => job && job.ranks > 1);
    columns.hidden = !rows.length;
    differs.hidden = !this.constant.size;
    for (const [button, on] of /** @type {[HTMLElement, boolean][]} */ ([
      [filter, this.show.filter],
      [hidden, this.show.hidden],
      [deleted, this.show.deleted],
      [fold, this.show.fold],
      [differs, this.show.differs],
    ])) {
      button.setAttribute("aria-pressed", String(on));
    }
  }

  drawCount() {
    const total = this.table.rows.size;
    const inView = this.table.inView();
    const found = inView + this.folded.size;
    const text = found === total ? t("count.all", { n: total }) : t("count.some", { n: found, total });
    byId("count").textContent = total ? text : "";
    this.drawNone(total, inView);
    this.drawSelection();
  }

  /** @param {number} total @param {number} inView */
  drawNone(total, inView) {
    const box = byId("none");
    box.hidden = total > 0 && inView > 0;
    if (box.hidden) return;
    if (!total && !this.waiting.length) return this.drawEmpty(box);
    box.className = "none";
    if (this.matches) {
      const clear = element("button", { type: "button", onclick: () => this.search.set("") }, t("none.clear"));
      box.replaceChildren(element("p", {}, t("none.search")), element("code", {}, this.search.query), element("div", {}, clear));
      return;
    }
    const filtered = this.show.filter && this.passing !== null;
    const show = element("button", { type: "button", onclick: () => this.turn(filtered ? "filter" : "hidden") }, t("none.show"));
    box.replaceChildren(element("p", {}, t(filtered ? "none.filter" : "none.hidden")), show);
  }

  /** @param {HTMLElement} box */
  drawEmpty(box) {
    if (box.className === "empty") return;
    box.className = "empty";
    const folder = this.page.log_dir ?? "";
    const code = snippet(folder);
    const notice = element(
      "div",
      { class: "notice" },
      element("h1", {}, t("empty.title")),
      element("p", {}, t("empty.watching", { folder })),
      element("p", { class: "muted" }, t("empty.snippet"), " ", copyButton(code)),
      element("pre", {}, code),
      element("p", { class: "muted waiting" }, t("empty.waiting")),
    );
    box.replaceChildren(notice);
  }

  drawSelection() {
    const bar = byId("selection");
    const chosen = this.table.selected();
    bar.hidden = !chosen.length;
    if (!chosen.length) return;
    const unseen = this.table.selectedUnseen();
    const text = unseen ? t("selection.unseen", { n: chosen.length, unseen }) : t("selection.count", { n: chosen.length });
    const button = (/** @type {string} */ label, /** @type {() => void} */ action, style = "") =>
      element("button", { type: "button", class: style, onclick: action }, label);
    const rows = this.withRanks(chosen);
    const ids = rows.map(({ id }) => id);
    const bin = rows.filter((row) => row.deleted).map(({ id }) => id);
    const alive = rows.filter((row) => !row.deleted);
    const parts = [element("output", {}, text), button(t("selection.clear"), () => this.table.clearSelection(), "quiet")];
    if (chosen.filter((row) => !row.added).length > 1) parts.push(button(t("selection.compare"), () => this.compare(), "primary"));
    if (alive.some((row) => !row.hidden)) parts.push(button(t("selection.hide"), () => this.hide(ids, true)));
    if (alive.some((row) => row.hidden)) parts.push(button(t("selection.show"), () => this.hide(ids, false)));
    if (alive.length) parts.push(button(t("selection.trash"), () => this.trash(alive.map(({ id }) => id))));
    if (bin.length) parts.push(button(t("selection.restore"), () => this.restore(bin)), button(t("selection.erase"), () => this.erase(bin), "danger"));
    bar.replaceChildren(...parts);
  }

  compare() {
    const ids = this.table.selected().filter((row) => !row.added).map(({ id }) => id);
    if (ids.length > 1) location.href = compareAddress(ids);
  }

  /** @param {string[]} ids @param {boolean} hidden */
  hide(ids, hidden) {
    const done = t(hidden ? "done.hidden" : "done.shown", { n: ids.length });
    return this.act("api/hidden", { ids, hidden }, done, () => this.hide(ids, !hidden));
  }

  /** @param {string[]} ids */
  trash(ids) {
    this.trashed = true;
    return this.act("api/trash", { ids }, t("done.trash", { n: ids.length }), () => this.restore(ids));
  }

  /** @param {string[]} ids */
  restore(ids) {
    return this.act("api/restore", { ids }, t("done.restore", { n: ids.length }));
  }

  /** @param {string[]} ids */
  erase(ids) {
    const n = String(ids.length);
    const typed = element("input", { type: "text", inputMode: "numeric", "aria-label": t("erase.text", { n }), autocomplete: "off" });
    const erase = element("button", { type: "submit", class: "danger", disabled: true }, t("erase.do"));
    typed.addEventListener("input", () => (erase.disabled = typed.value.trim() !== n));
    const cancel = element("button", { type: "button" }, t("cancel"));
    const form = element("form", {}, element("p", {}, t("erase.text", { n })), typed, element("div", { class: "actions" }, cancel, erase));
    const dialog = openDialog(t("erase.title", { n }), form);
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (erase.disabled) return;
      dialog.close();
      this.act("api/erase", { ids }, t("done.erase", { n }));
    });
    typed.focus();
  }

  /**
   * Does something to runs on the server, shows it and offers to undo it.
   * @param {string} path
   * @param {unknown} body
   * @param {string} done
   * @param {() => void} [undo]
   */
  async act(path, body, done, undo) {
    try {
      await ask(path, { method: "POST", body });
    } catch (error) {
      this.failed(error);
      return;
    }
    this.table.clearSelection();
    await this.reload();
    this.undo = undo ?? null;
    toast(done, { actions: undo ? [[t("undo"), undo]] : [] });
  }

  /** @param {unknown} error */
  failed(error) {
    if (!(error instanceof ApiError)) throw error;
    toast(t("failed", { error: error.message }), { error: true });
  }

  bindKeys() {
    const selected = () => this.withRanks(this.table.selected()).filter((row) => !row.deleted).map(({ id }) => id);
    onKey("/", (event) => {
      event.preventDefault();
      this.search.input.focus();
      this.search.input.select();
    });
    onKey("Escape", (event) => this.escape(event));
    onKey("c", () => this.compare());
    onKey("h", () => selected().length && this.hide(selected(), true));
    onKey("Delete", () => selected().length && this.trash(selected()));
    onKey("u", () => this.undo?.());
    onKey("e", (event) => {
      event.preventDefault();
      this.table.editMemo();
    });
    for (const [keys, text] of /** @type {[string[], string][]} */ ([
      [["/"], "search"],
      [["Esc"], "escape"],
      [["↑", "↓"], "arrows"],
      [["Space"], "space"],
      [["Enter"], "enter"],
      [["e"], "edit"],
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

  /** @param {KeyboardEvent} event */
  escape(event) {
    if (event.target === this.search.input) {
      if (this.search.input.value) this.search.set("");
      else this.search.input.blur();
    } else if (event.target instanceof Element && event.target.closest(".ag-popup, .ag-cell-inline-editing")) return;
    else if (!byId("panel").hidden) this.panel.toggle(false);
    else this.table.clearSelection();
  }
}

/** @returns {string[]} */
function readWanted() {
  try {
    return (localStorage.getItem("fitlog-columns") ?? "").split("\n");
  } catch {
    return []; // Storage may be switched off.
  }
}

/** @param {Set<string>} wanted */
function keepWanted(wanted) {
  try {
    localStorage.setItem("fitlog-columns", [...wanted].join("\n"));
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
}

/**
 * What the address says is to be seen.
 * @param {URLSearchParams} query
 * @returns {Show}
 */
function shownBy(query) {
  const show = (query.get("show") ?? "").split(",");
  return {
    hidden: show.includes("hidden"),
    deleted: show.includes("deleted"),
    filter: query.get("filter") !== "off",
    differs: query.get("differs") !== "off",
    fold: query.get("ranks") !== "all",
  };
}

/**
 * The whole table, and which runs pass the view's saved filter.
 * @param {Show} show
 */
async function fetchRuns(show) {
  const { filter, view } = data;
  const [answer, passing] = await Promise.all([
    ask(`api/runs?format=columns${show.deleted ? "&deleted=1" : ""}`),
    filter ? fetchPassing(view) : null,
  ]);
  return { ...answer, passing };
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
const show = shownBy(new URLSearchParams(location.search));
beginPage(async () => {
  // The page brings the table with it where that is small.
  const [library, first] = await Promise.all([loadGrid(), data.complete && !show.deleted ? data : fetchRuns(show)]);
  new RunsPage(library, show).start(first);
});
