// The page of relations: columns of runs against each other, and which of them matter for a result.
import { ApiError, ask, changeAddress, root, runAddress } from "./api.js";
import { onTheme } from "./colours.js";
import { byId, element, pageData } from "./dom.js";
import { rememberCondition } from "./filters.js";
import { shown, whole } from "./format.js";
import { FoundRuns } from "./found_runs.js";
import { t } from "./i18n.js";
import { follow } from "./live.js";
import { Parallel } from "./parallel.js";
import { openAxis } from "./relation_axis.js";
import { coloursBy, legend } from "./relation_colours.js";
import { Importance } from "./relation_importance.js";
import { Scale } from "./relation_scales.js";
import { State } from "./relation_state.js";
import { RelationTable } from "./relation_table.js";
import "./relations_texts.js";
import { Scatter } from "./scatter.js";
import { beginPage, sayFailed } from "./shell.js";
import { shownBy } from "./showing.js";
import { expandView, viewName } from "./view.js";

/** @typedef {import("./relation_state.js").Likeness} Likeness */

/** How many values a tip tells. */
const TOLD = 8;
/** How often the table follows a brush that is drawn, in milliseconds. */
const PERIOD = 100;
/** After how long without runs the page says that they are on their way, in milliseconds. */
const PATIENCE = 300;

class RelationsPage {
  constructor() {
    /** @type {Likeness[]} */
    this.columns = pageData().columns;
    this.state = new State(this.columns);
    this.show = shownBy(new URLSearchParams(location.search));
    /** @type {any[]} all rows that the server found */
    this.all = [];
    /** @type {any[]} those that the address leaves: what is drawn */
    this.rows = [];
    /** @type {Set<string>} the columns at hand */
    this.held = new Set();
    this.found = new FoundRuns(this.show, () => this.all);
    this.cursor = "";
    this.turn = 0;
    this.frame = 0;
    /** When the table was drawn last. */
    this.tabled = 0;
    /** @type {Scatter | Parallel | null} */
    this.chart = null;
    /** @type {Map<string, Scale>} */
    this.scales = new Map();
    this.chosen = new Uint8Array(0);
    this.tip = element("div", { class: "rel-tip", hidden: true });
    this.legend = element("div", {});
    this.table = new RelationTable(byId("beneath"), (id) => this.point(id));
    this.importance = new Importance(byId("importance"), {
      results: () => this.columns.filter(({ numbers, key }) => numbers && !key.startsWith("hyper-") && !key.startsWith("meta-")).map(({ key }) => key),
      result: () => this.state.result,
      choose: (result) => this.state.put({ result }),
      ids: () => this.rows.filter((row, at) => this.chosen[at] && !row.added).map(({ id }) => id),
    });
  }

  async start() {
    this.drawForm();
    const waiting = setTimeout(() => this.wait(), PATIENCE);
    await this.fetch();
    clearTimeout(waiting);
    if (this.state.result) this.importance.compute();
    follow({
      address: () => `api/changes?cursor=${encodeURIComponent(this.cursor)}${this.show.deleted ? "&deleted=1" : ""}`,
      changed: async ({ rows, removed, cursor }) => {
        this.cursor = cursor;
        if (rows?.length || removed?.length) await this.fetch();
      },
    });
    onTheme(() => this.draw());
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth === width) return;
      width = innerWidth;
      this.draw();
    });
  }

  /** Says that the runs are on their way. */
  wait() {
    if (this.held.size) return;
    byId("empty").hidden = false;
    byId("empty").replaceChildren(element("p", { class: "muted" }, t("rel.waiting")));
  }

  /** @returns {string[]} the columns that are needed now */
  needed() {
    const { colour, brushes, order } = this.state;
    const keys = [...this.state.shown(), colour === "none" ? "" : colour, ...this.found.filters.keys(), ...brushes.keys(), order.replace(/^-/, ""), "meta-rank"];
    return [...new Set(keys)].filter((key) => key && key !== "id" && key !== "state");
  }

  /**
   * Asks for the runs that search and filter leave, with the columns that are needed.
   * @returns {Promise<void>}
   */
  async fetch() {
    const turn = ++this.turn;
    const keys = this.needed();
    const { q } = this.state;
    const fault = byId("fault");
    const columns = keys.map((key) => encodeURIComponent(key)).join();
    try {
      const answer = await ask(`api/relations?view=${encodeURIComponent(viewName())}${this.show.filter ? "" : "&filtered=0"}${this.show.deleted ? "&deleted=1" : ""}&q=${encodeURIComponent(q)}&columns=${columns}`);
      if (turn !== this.turn) return;
      fault.hidden = true;
      this.cursor = answer.cursor;
      this.held = new Set(keys);
      this.all = rowsOf(answer);
      if (this.learn(answer.known)) return this.fetch();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 400) throw error;
      if (turn !== this.turn) return;
      fault.hidden = false;
      fault.textContent = error.message;
      return;
    }
    this.take();
  }

  /**
   * Takes up which columns there are now: a page that was opened before the first run knew of none.
   * @param {Likeness[]} columns
   * @returns {boolean} whether other ones are drawn than were asked for
   */
  learn(columns) {
    const isNew = columns.map(({ key }) => key).join("\n") !== this.columns.map(({ key }) => key).join("\n");
    this.columns = columns;
    if (!isNew) return false;
    this.state.offer(columns);
    this.drawForm();
    return this.needed().some((key) => !this.held.has(key));
  }

  /** Decides anew which runs are drawn, and draws them. */
  take() {
    this.found.fold(() => {});
    const named = new Set(this.state.runs);
    this.rows = this.all.filter((row) => this.found.passes(row) && (!named.size || named.has(row.id)));
    this.scales.clear();
    this.drawNarrowed();
    this.draw();
  }

  /** Something was chosen. @param {Parameters<State["put"]>[0]} changes */
  choose(changes) {
    this.state.put(changes);
    this.drawForm();
    this.refresh("q" in changes);
  }

  /** @param {boolean} anew whether other runs may be found */
  refresh(anew) {
    if (anew || this.needed().some((key) => !this.held.has(key))) this.fetch().catch(sayFailed);
    else this.draw();
  }

  /** @param {string} key @returns {Scale} */
  scale(key) {
    const kind = this.state.kinds.get(key) ?? null;
    const known = this.scales.get(key);
    if (known && (!kind || known.kind === kind)) return known;
    const made = new Scale(key, this.rows.map((row) => row[key]), kind);
    this.scales.set(key, made);
    return made;
  }

  draw() {
    const { state } = this;
    const axes = state.shown();
    const isEmpty = !this.rows.length || axes.length < (state.chart === "scatter" ? 2 : 1);
    byId("drawing").hidden = byId("beneath").hidden = byId("importance").hidden = isEmpty;
    byId("empty").hidden = !isEmpty;
    byId("how-many").textContent = t("rel.count", { n: this.rows.length });
    if (isEmpty) return this.drawEmpty(axes.length);
    const label = t(`rel.label.${state.chart}`, { names: axes.join(", "), n: this.rows.length });
    this.open(label);
    this.byColour = state.colour === "none" ? null : this.scale(state.colour);
    this.colours = coloursBy(this.byColour, this.rows.length);
    const drawn = legend(this.byColour);
    this.legend.replaceChildren(...(drawn ? [drawn] : []));
    this.drawChosen(true, true);
  }

  /** @param {string} label */
  open(label) {
    const Wanted = this.state.chart === "scatter" ? Scatter : Parallel;
    if (this.chart instanceof Wanted) {
      this.chart.layers.below.setAttribute("aria-label", label);
      return;
    }
    this.chart = new Wanted(label, {
      hover: (index, place) => this.hover(index, place),
      open: (index) => this.rows[index].added || (location.href = runAddress(this.rows[index].id)),
      brush: (changes, done) => this.brush(changes, done),
      menu: (at, heading) => this.menu(at, heading),
      move: (from, to) => this.move(from, to),
    });
    byId("chart").replaceChildren(this.legend, this.chart.host);
    this.chart.layers.host.append(this.tip);
  }

  /** Draws which runs the brushes leave. @param {boolean} done whether the brush is at rest: then all beside the chart follows, too @param {boolean} [anew] whether other runs or axes are drawn */
  drawChosen(done, anew = false) {
    const { state, rows } = this;
    const axes = state.shown().map((key) => this.scale(key));
    this.chosen = Uint8Array.from(rows, (row) => Number(state.brushes.passes(row)));
    this.chart?.draw({ ids: rows.map(({ id }) => id), chosen: this.chosen, colours: /** @type {any} */ (this.colours), axes, brushes: state.brushes, anew });
    if (anew) byId("told").textContent = this.told(axes);
    if (!done && performance.now() - this.tabled < PERIOD) return;
    this.tabled = performance.now();
    this.drawTable();
    if (done) this.importance.changed();
  }

  /** @param {Scale[]} axes @returns {string} what of the runs is not to be seen, and what to do with the chart */
  told(axes) {
    const lost = this.rows.filter((_, at) => axes.some(({ places }) => Number.isNaN(places[at]))).length;
    const named = this.state.chart === "scatter" ? axes : axes.filter(({ without }) => without.odd || without.text || without.low);
    const why = named.filter((axis) => axis.lost).map(({ key, without }) => `${key}: ${Object.entries(without).filter(([, n]) => n).map(([reason, n]) => t(`rel.without.${reason}`, { n })).join(" ")}`);
    const gaps = lost ? [t(`rel.lost.${this.state.chart}`, { n: lost }), ...why] : [];
    const one = this.rows.length === 1 ? [t("rel.one")] : [];
    const plain = axes.every(({ kind, without, cells }) => kind === "category" || without.missing + without.odd + without.text === cells.length) ? [t("rel.nonumbers")] : [];
    return [...one, ...plain, ...gaps, t(`rel.hint.${this.state.chart}`)].join(" ");
  }

  drawTable() {
    const { state } = this;
    const rows = this.rows.filter((_, at) => this.chosen[at]);
    const keys = [...new Set([...state.shown(), ...(state.colour === "none" ? [] : [state.colour])])];
    const title = t("rel.chosen", { n: rows.length, total: this.rows.length });
    const clear = element("button", { type: "button", onclick: () => this.clear() }, t("rel.brush.clear"));
    const link = state.runs.length ? null : element("a", { class: "button", href: `${root}runs${state.tableQuery()}` }, t("rel.open"));
    const actions = [...(state.brushes.keys().length ? [clear] : []), ...(link ? [link] : [])];
    this.table.draw({ rows, keys, order: state.order, sort: (order) => this.choose({ order }), title, actions });
  }

  clear() {
    this.state.clearBrushes();
    this.drawChosen(true);
  }

  /** @param {[string, import("./filters.js").Condition | null][]} changes @param {boolean} done */
  brush(changes, done) {
    for (const [key, condition] of changes) this.state.brush(key, condition, done);
    cancelAnimationFrame(this.frame);
    if (done) return this.drawChosen(true);
    this.frame = requestAnimationFrame(() => this.drawChosen(false));
  }

  /** @param {number} index @param {{x: number, y: number} | null} place */
  hover(index, place) {
    this.chart?.mark(index);
    this.table.mark(index < 0 ? null : this.rows[index].id);
    this.tip.hidden = index < 0 || !place;
    if (index < 0 || !place || !this.chart) return;
    const keys = [...new Set([...this.state.shown(), ...(this.state.colour === "none" ? [] : [this.state.colour])])];
    const lines = keys.slice(0, TOLD).map((key) => element("div", {}, element("span", { class: "muted" }, key), element("span", { title: whole(this.rows[index][key]) }, shown(this.rows[index][key]) || "–")));
    this.tip.replaceChildren(element("strong", {}, this.rows[index].id), ...lines, ...(keys.length > TOLD ? [element("div", { class: "muted" }, t("rel.tip.more", { n: keys.length - TOLD }))] : []));
    const { width, height } = this.chart.layers;
    this.tip.style.left = `${Math.max(0, place.x + 14 + this.tip.offsetWidth > width ? place.x - 14 - this.tip.offsetWidth : place.x + 14)}px`;
    this.tip.style.top = `${Math.max(0, Math.min(place.y + 10, height - this.tip.offsetHeight))}px`;
  }

  /** @param {string | null} id a run that is pointed at in the table */
  point(id) {
    this.chart?.mark(id === null ? -1 : this.rows.findIndex((row) => row.id === id));
  }

  /** @param {number} at @param {HTMLElement} heading */
  menu(at, heading) {
    const key = this.state.shown()[at];
    const isParallel = this.state.chart === "parallel";
    openAxis(heading.getBoundingClientRect(), this.scale(key), {
      condition: this.state.brushes.of(key),
      lay: (kind) => {
        this.state.putKind(key, kind);
        this.draw();
      },
      brush: (condition) => this.brush([[key, condition]], true),
      move: isParallel ? (steps) => this.move(at, at + steps) : null,
      remove: isParallel && this.state.axes.length > 1 ? () => this.choose({ axes: this.state.axes.filter((_, place) => place !== at) }) : null,
    });
  }

  /** @param {number} from @param {number} to */
  move(from, to) {
    const axes = [...this.state.axes];
    const [key] = axes.splice(from, 1);
    axes.splice(Math.max(0, Math.min(axes.length, to)), 0, key);
    this.choose({ axes });
  }

  drawForm() {
    const { state } = this;
    const form = byId("choices");
    const focused = [...form.querySelectorAll("select, input, button")].indexOf(/** @type {Element} */ (document.activeElement));
    const keys = this.columns.filter(({ values }) => values > 0).map(({ key }) => key);
    const kinds = element("div", { class: "segments", role: "group", "aria-label": t("rel.chart") });
    for (const chart of ["parallel", "scatter"]) kinds.append(element("button", { type: "button", "aria-pressed": String(state.chart === chart), onclick: () => this.choose({ chart }) }, t(`rel.chart.${chart}`)));
    const search = element("input", { type: "search", value: state.q, spellcheck: false, autocomplete: "off", "aria-describedby": "fault" });
    search.addEventListener("change", () => this.choose({ q: search.value.trim() }));
    const axes =
      state.chart === "scatter"
        ? [field("rel.x", picked(keys, state.x, (x) => this.choose({ x }))), field("rel.y", picked(keys, state.y, (y) => this.choose({ y })))]
        : [field("rel.axes", adding(keys.filter((key) => !state.axes.includes(key)), (key) => this.choose({ axes: [...state.axes, key] })))];
    form.replaceChildren(kinds, ...axes, field("rel.colour", picked(["none", ...keys], state.colour, (colour) => this.choose({ colour }))), field("rel.search", search));
    if (focused >= 0) /** @type {HTMLElement | undefined} */ (form.querySelectorAll("select, input, button")[focused])?.focus();
  }

  /** The conditions that came with the address, each of which can be taken away. */
  drawNarrowed() {
    const { filters } = this.found;
    const chip = (/** @type {string} */ text, /** @type {() => void} */ remove) => element("button", { type: "button", class: "chip", onclick: remove, "aria-label": t("rel.chip.remove", { text }) }, `${text} ×`);
    const chips = filters.keys().map((key) =>
      chip(filters.words(key), () => {
        filters.put(key, null);
        rememberCondition(key, null);
        this.take();
      }),
    );
    if (this.state.runs.length) chips.push(chip(t("rel.chip.runs", { n: this.state.runs.length }), () => this.takeAll()));
    if (pageData().filter && this.show.filter) {
      chips.push(chip(t("rel.chip.filter"), () => {
        this.show.filter = false;
        changeAddress({ filter: "off" });
        this.fetch().catch(sayFailed);
      }));
    }
    byId("narrowed").replaceChildren(...chips);
  }

  takeAll() {
    this.state.put({ runs: [] });
    this.take();
  }

  /** @param {number} axes how many are chosen @returns {void} */
  drawEmpty(axes) {
    const isNarrowed = this.state.q || this.found.filters.keys().length || this.state.runs.length;
    const text = !this.all.length && !this.state.q && !this.columns.some(({ values }) => values) ? "rel.empty.none" : this.rows.length ? (this.columns.some(({ values }) => values) ? "rel.empty.axes" : "rel.empty.columns") : isNarrowed ? "rel.empty.search" : "rel.empty.hidden";
    const clear = element("button", { type: "button", onclick: () => this.choose({ q: "" }) }, t("rel.empty.clear"));
    byId("empty").replaceChildren(element("p", { class: "muted" }, t(text, { n: axes })), ...(!this.rows.length && this.state.q ? [clear] : []));
  }
}

/**
 * @param {any} answer columns of runs @returns {any[]} a row for each run
 */
function rowsOf({ ids, states, columns, hidden, added, deleted, jobs }) {
  const rows = ids.map((/** @type {string} */ id, /** @type {number} */ at) => ({ id, state: states[at], job: at in jobs ? { id: jobs[at] } : null }));
  for (const [name, places] of Object.entries({ hidden, added, deleted })) for (const at of places) rows[at][name] = true;
  for (const [key, cells] of Object.entries(columns)) cells.forEach((/** @type {unknown} */ cell, /** @type {number} */ at) => (rows[at][key] = cell));
  return rows;
}

/** @param {string} key @param {HTMLElement} control */
function field(key, control) {
  return element("label", { class: "field" }, element("span", { class: "muted" }, t(key)), control);
}

/** @param {string[]} values @param {string} chosen @param {(value: string) => void} take */
function picked(values, chosen, take) {
  const all = values.includes(chosen) || !chosen ? values : [chosen, ...values];
  const box = element("select", {}, ...(chosen ? [] : [element("option", { value: "" }, t("rel.choose"))]), ...all.map((value) => element("option", { value }, value === "none" ? t("rel.colour.one") : value)));
  box.value = chosen;
  box.addEventListener("change", () => take(box.value));
  return box;
}

/** @param {string[]} keys @param {(key: string) => void} take */
function adding(keys, take) {
  const box = element("select", {}, element("option", { value: "" }, t("rel.add")), ...keys.map((value) => element("option", { value }, value)));
  box.addEventListener("change", () => box.value && take(box.value));
  return box;
}

expandView();
byId("choices").addEventListener("submit", (event) => event.preventDefault());
beginPage(() => new RelationsPage().start());
