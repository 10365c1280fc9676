// The run table of a copy: nested headings, sorting, a filter by text, and boxes for the curves.
import { lookOf, styleOf } from "./colours.js";
import { byId, element } from "./dom.js";
import { shown, stateTitle, stateWord, whole } from "./format.js";
import { t } from "./i18n.js";
import { compareValues, isInternal } from "./values.js";

/** @typedef {{key: string, path: string[], hidden?: boolean}} Column */
/** @typedef {{place: number, id: string, state: string, values: Record<string, any>, progress?: {step: number | null, total: number | null}, skipped?: number, segments?: number[], command?: string}} CopiedRun */

/** Rows that are made at first; more take long and are seldom read. */
const FIRST_ROWS = 500;

/** The table; it tells which runs its boxes choose. */
export class CopiedTable {
  /**
   * @param {CopiedRun[]} runs
   * @param {Column[]} columns
   * @param {Set<number>} drawn the places of the runs whose curves are drawn
   * @param {() => void} changed other runs are drawn now
   */
  constructor(runs, columns, drawn, changed) {
    this.runs = runs;
    this.columns = [{ key: "id", path: ["id"] }, { key: "state", path: ["state"] }, ...columns.filter(({ key, hidden }) => !hidden && key !== "meta-state" && !isInternal(key))];
    this.drawn = drawn;
    this.changed = changed;
    this.text = "";
    // As on the board: what is the same in all runs is said of each run by itself.
    this.differs = true;
    /** @type {{key: string, descending: boolean} | null} */
    this.sorted = null;
    this.most = FIRST_ROWS;
    /** @type {Map<number, string>} */
    this.texts = new Map();
    this.makeTools();
    this.draw();
  }

  makeTools() {
    const search = element("input", { type: "search", id: "search", placeholder: t("copy.search"), "aria-label": t("copy.search"), spellcheck: false, autocomplete: "off" });
    search.addEventListener("input", () => {
      this.text = search.value.trim().toLowerCase();
      this.draw();
    });
    const differs = element("input", { type: "checkbox", id: "differs", checked: this.differs });
    differs.addEventListener("change", () => {
      this.differs = differs.checked;
      this.draw();
    });
    const label = element("label", {}, differs, t("copy.differs"));
    byId("tools").append(search, label, element("span", { class: "count", id: "count", role: "status" }));
    byId("table").setAttribute("aria-label", t("copy.table"));
    byId("table").addEventListener("change", ({ target }) => this.ticked(/** @type {HTMLInputElement} */ (target)));
  }

  /** @returns {CopiedRun[]} the runs that pass the filter, in their order */
  found() {
    const runs = this.text ? this.runs.filter((run) => this.textOf(run).includes(this.text)) : [...this.runs];
    const { sorted } = this;
    if (!sorted) return runs;
    const turn = sorted.descending ? -1 : 1;
    return runs.sort((a, b) => turn * compareValues(valueOf(a, sorted.key), valueOf(b, sorted.key), null, null, sorted.descending));
  }

  /** @param {CopiedRun} run @returns {string} all that its row says, in small letters */
  textOf(run) {
    const known = this.texts.get(run.place);
    if (known !== undefined) return known;
    const text = this.columns.map(({ key }) => whole(valueOf(run, key))).join("\n").toLowerCase();
    this.texts.set(run.place, text);
    return text;
  }

  /** @param {CopiedRun[]} runs @returns {Column[]} */
  columnsFor(runs) {
    if (!this.differs || runs.length < 2) return this.columns;
    const isDifferent = (/** @type {Column} */ { key }) => runs.some((run) => whole(valueOf(run, key)) !== whole(valueOf(runs[0], key)));
    return this.columns.filter((column) => column.key === "id" || isDifferent(column));
  }

  draw() {
    const runs = this.found();
    const columns = this.columnsFor(runs);
    const focused = document.activeElement?.closest("[data-sort]")?.getAttribute("data-sort");
    const numeric = new Set(columns.filter(({ key }) => runs.some((run) => typeof valueOf(run, key) === "number")).map(({ key }) => key));
    const rows = runs.slice(0, this.most).map((run) => this.row(run, columns, numeric));
    const table = element("table", { class: "plain" }, this.head(columns, numeric, runs), element("tbody", {}, ...rows));
    byId("table").replaceChildren(table, runs.length ? "" : element("p", { class: "muted copy-empty" }, t("copy.none")));
    byId("count").textContent = t("copy.count", { n: runs.length, total: this.runs.length });
    this.drawMore(runs.length);
    this.tickAll(runs);
    if (focused) for (const button of byId("table").querySelectorAll("button")) if (button.dataset.sort === focused) button.focus();
  }

  /** @param {number} total */
  drawMore(total) {
    const more = byId("more");
    more.hidden = total <= this.most;
    const all = () => {
      this.most = Infinity;
      this.draw();
    };
    more.replaceChildren(t("copy.rows", { shown: this.most, total }), " ", element("button", { type: "button", onclick: all }, t("copy.rows.all")));
  }

  /** @param {Column[]} columns @param {Set<string>} numeric @param {CopiedRun[]} runs */
  head(columns, numeric, runs) {
    const depth = Math.max(...columns.map(({ path }) => path.length));
    const box = element("input", { type: "checkbox", id: "draw-all", "aria-label": t("copy.draw.all"), title: t("copy.draw.all") });
    const lines = Array.from({ length: depth }, (_none, level) => {
      const cells = spans(columns, level, depth).map(({ column, name, width, height }) => {
        const last = height > 0;
        return element("th", { scope: width > 1 ? "colgroup" : "col", colSpan: width, rowSpan: Math.max(1, height), class: this.classOf(column, numeric, last), title: column.path.slice(0, level + 1).join(" / "), "aria-sort": last ? this.sortWord(column.key) : undefined }, last ? this.sorter(column, name) : name);
      });
      return element("tr", {}, level ? null : element("th", { class: "tick", rowSpan: depth }, box), ...cells);
    });
    box.addEventListener("change", () => {
      for (const run of runs) this.tick(run.place, box.checked);
      this.draw();
      this.changed();
    });
    return element("thead", {}, ...lines);
  }

  /** @param {Column} column @param {Set<string>} numeric @param {boolean} isLeaf */
  classOf({ key }, numeric, isLeaf) {
    if (key === "id") return "id";
    if (!isLeaf) return "group";
    return numeric.has(key) ? "number" : undefined;
  }

  /** @param {string} key */
  sortWord(key) {
    if (this.sorted?.key !== key) return "none";
    return this.sorted.descending ? "descending" : "ascending";
  }

  /** @param {Column} column @param {string} name */
  sorter({ key }, name) {
    const word = this.sortWord(key);
    const sign = word === "none" ? "" : word === "ascending" ? " ↑" : " ↓";
    const text = key === "state" ? t("copy.state") : name;
    return element("button", { type: "button", class: "quiet", "data-sort": key, onclick: () => this.sortBy(key) }, `${text}${sign}`);
  }

  /** Up, down, and as it was. @param {string} key */
  sortBy(key) {
    if (this.sorted?.key !== key) this.sorted = { key, descending: false };
    else this.sorted = this.sorted.descending ? null : { key, descending: true };
    this.draw();
  }

  /** @param {CopiedRun} run @param {Column[]} columns @param {Set<string>} numeric */
  row(run, columns, numeric) {
    const box = element("input", { type: "checkbox", "data-place": String(run.place), checked: this.drawn.has(run.place), disabled: run.state === "added", "aria-label": t("copy.draw", { id: run.id }), title: t("copy.draw", { id: run.id }) });
    const cells = columns.map(({ key }) => cell(run, key, numeric));
    return element("tr", {}, element("td", { class: "tick" }, box), ...cells);
  }

  /** @param {HTMLInputElement} box */
  ticked(box) {
    if (!box.dataset.place) return;
    this.tick(Number(box.dataset.place), box.checked);
    this.tickAll(this.found());
    this.changed();
  }

  /** @param {number} place @param {boolean} drawn */
  tick(place, drawn) {
    if (drawn && this.runs[place].state !== "added") this.drawn.add(place);
    else this.drawn.delete(place);
  }

  /** Shows in the box of all whether all, none or some are drawn. @param {CopiedRun[]} runs */
  tickAll(runs) {
    const box = /** @type {HTMLInputElement} */ (byId("draw-all"));
    const n = runs.filter(({ place }) => this.drawn.has(place)).length;
    box.checked = n > 0 && n === runs.filter(({ state }) => state !== "added").length;
    box.indeterminate = n > 0 && !box.checked;
  }
}

/** @param {CopiedRun} run @param {string} key @returns {any} */
export function valueOf(run, key) {
  if (key === "id") return run.id;
  return key === "state" ? run.state : Object.hasOwn(run.values, key) ? run.values[key] : null;
}

/** @param {CopiedRun} run @param {string} key @param {Set<string>} numeric */
function cell(run, key, numeric) {
  if (key === "id") {
    const dot = element("i", { class: "copy-dot" });
    if (run.state !== "added") dot.style.background = styleOf(lookOf(run.id));
    return element("th", { scope: "row", class: "id" }, dot, element("a", { href: `#run=${encodeURIComponent(run.id)}` }, run.id));
  }
  if (key === "state") return element("td", {}, element("span", { class: `state state-${run.state}`, title: stateTitle(run.state) }, stateWord(run.state)));
  const value = valueOf(run, key);
  const isLong = typeof value === "number" ? String(value) !== shown(value) : whole(value).length > 24;
  return element("td", { class: numeric.has(key) ? "number" : undefined, title: isLong ? whole(value) : undefined }, shown(value));
}

/**
 * The cells of one line of the heading: those that share a path so far are one.
 * @param {Column[]} columns
 * @param {number} level
 * @param {number} depth
 * @returns {{column: Column, name: string, width: number, height: number}[]} `height` is 0 for a heading above others
 */
function spans(columns, level, depth) {
  const made = [];
  for (let at = 0; at < columns.length; ) {
    const column = columns[at];
    const { path } = column;
    let width = 1;
    if (path.length > level + 1) while (at + width < columns.length && isBelow(columns[at + width].path, path, level)) width += 1;
    if (path.length > level) made.push({ column, name: path[level], width, height: path.length === level + 1 ? depth - level : 0 });
    at += width;
  }
  return made;
}

/** @param {string[]} path @param {string[]} other @param {number} level */
function isBelow(path, other, level) {
  return path.length > level + 1 && other.slice(0, level + 1).every((name, at) => path[at] === name);
}
