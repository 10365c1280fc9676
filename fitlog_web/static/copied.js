// A copy of the board: its runs, their curves and each by itself, without a server to ask.
import "./copied_texts.js";
import { changeAddress, readList, spellList } from "./api.js";
import { Charts } from "./charts.js";
import { lookOf, looks, onTheme, swatch } from "./colours.js";
import { curvesOf, stretch } from "./copied_curves.js";
import { showRun } from "./copied_run.js";
import { CopiedTable } from "./copied_table.js";
import { byId, element, pageData } from "./dom.js";
import { moment } from "./format.js";
import { language, t } from "./i18n.js";
import { sections } from "./sections.js";
import { explainKey, onKey } from "./shell.js";

/** @typedef {import("./copied_table.js").CopiedRun} CopiedRun */
/** @typedef {import("./copied_table.js").Column} Column */
/** @typedef {import("../frontend/types").SeriesData} SeriesData */

/** Runs whose curves are drawn, and series that are shown, before the reader chooses. */
const FIRST_RUNS = 8;
const FIRST_SERIES = 4;
/** So many runs are named above the curves. */
const MOST_KEYS = 24;

class CopiedPage {
  constructor() {
    const { rows, columns, names } = pageData();
    /** @type {[string, number][]} */
    const series = pageData().series;
    /** @type {Column[]} */
    this.columns = columns;
    /** @type {CopiedRun[]} */
    this.runs = rows.map((/** @type {any} */ row, /** @type {number} */ place) => runOf(row, place, columns));
    /** @type {Map<string, CopiedRun>} */
    this.byId = new Map(this.runs.map((run) => [run.id, run]));
    /** How many runs have each series, most first. */
    this.series = new Map(series);
    /** The number of each series in the copy. */
    this.numbers = new Map(series.map(([name], index) => [name, index]));
    /** @type {Record<string, string[]>} */
    this.names = names;
    this.looks = looks(this.runs.map(({ id }) => id));
    /** The places of the runs whose curves are drawn. */
    this.drawn = new Set(this.runs.filter(({ place }) => names[place]?.length).slice(0, FIRST_RUNS).map(({ place }) => place));
    const asked = readList("names").filter((name) => this.series.has(name));
    this.chosen = new Set(asked.length ? asked : [...this.series.keys()].slice(0, FIRST_SERIES));
    /** @type {CopiedRun | null} the one that is shown by itself */
    this.single = null;
  }

  start() {
    drawShell(this.runs.length);
    this.table = new CopiedTable(this.runs, this.columns, this.drawn, () => this.redraw());
    this.charts = new Charts(byId("charts"), (names, range) => this.load(names, range));
    this.charts.only((id) => this.isDrawn(id));
    onTheme(() => this.drawKeys());
    onKey("/", (event) => {
      event.preventDefault();
      byId("search").focus();
    });
    explainKey(["/"], t("copy.search"));
    this.drawPicker();
    addEventListener("hashchange", () => this.turn());
    return this.turn();
  }

  /** Shows what the address names: one run, or all. */
  async turn() {
    const name = new URLSearchParams(location.hash.slice(1)).get("run");
    this.single = name === null ? null : (this.byId.get(name) ?? null);
    const { single } = this;
    byId("banner").hidden = name === null || single !== null;
    byId("banner").textContent = t("copy.gone", { id: name ?? "" });
    byId("all").hidden = single !== null;
    byId("one").hidden = byId("side").hidden = single === null;
    byId("columns").className = single ? "columns" : "";
    byId("images-section").hidden = true;
    document.title = `${single?.id ?? t("copy.title", { n: this.runs.length })} · fitlog`;
    if (single) showRun(single, this.columns);
    this.drawKeys();
    this.charts?.forget();
    scrollTo(0, 0);
    await this.draw();
  }

  /** @param {string} id */
  isDrawn(id) {
    if (this.single) return id === this.single.id;
    return this.drawn.has(this.byId.get(id)?.place ?? -1);
  }

  /** @param {string} id */
  look(id) {
    return this.looks.get(id) ?? lookOf(id);
  }

  /** @returns {string[]} the series that are shown */
  shownSeries() {
    if (!this.single) return [...this.series.keys()].filter((name) => this.chosen.has(name));
    return this.names[this.single.place] ?? [];
  }

  async draw() {
    const { single } = this;
    const runs = single ? [single] : this.runs.filter(({ place }) => this.names[place]?.length);
    const lines = runs.map(({ id, segments }) => ({ id, label: id, look: single ? lookOf(id) : this.look(id), segments: segments ?? [] }));
    const names = single || this.drawn.size ? this.shownSeries() : [];
    await this.charts?.show(sections(names), lines);
    if (names.length) return;
    const text = this.series.size === 0 || single ? t(single ? "charts.none" : "copy.nocurves") : t("copy.pick");
    byId("charts").replaceChildren(element("p", { class: "muted" }, text));
  }

  /** Draws other runs in the same charts. */
  redraw() {
    this.drawKeys();
    this.charts?.only((id) => this.isDrawn(id));
    const isEmpty = !byId("charts").querySelector(".card");
    if (isEmpty || !this.drawn.size) this.draw();
  }

  /** @param {string[]} names @param {{from: number, to: number} | null} range */
  async load(names, range) {
    const runs = this.single ? [this.single] : this.runs;
    const loaded = await Promise.all(names.map((name) => curvesOf(this.numbers.get(name) ?? -1)));
    return new Map(
      names.map((name, index) => {
        const found = runs.filter(({ place }) => loaded[index].has(place));
        return [name, new Map(found.map(({ id, place }) => [id, stretch(/** @type {SeriesData} */ (loaded[index].get(place)), range)]))];
      }),
    );
  }

  drawKeys() {
    const runs = this.runs.filter(({ place }) => this.drawn.has(place));
    const keys = runs.slice(0, MOST_KEYS).map(({ id }) => element("span", {}, swatch(this.look(id)), element("a", { href: `#run=${encodeURIComponent(id)}` }, id)));
    if (runs.length > MOST_KEYS) keys.push(element("span", { class: "muted" }, t("chart.more", { n: runs.length - MOST_KEYS })));
    byId("run-keys").replaceChildren(...keys);
  }

  drawPicker() {
    byId("picker").setAttribute("aria-label", t("copy.picker"));
    const total = Object.keys(this.names).length;
    const buttons = [...this.series].map(([name, n]) => {
      const few = n < total ? element("span", { class: "muted" }, t("compare.of", { n, total })) : null;
      const button = element("button", { type: "button", "aria-pressed": String(this.chosen.has(name)) }, name, few);
      button.addEventListener("click", () => {
        if (!this.chosen.delete(name)) this.chosen.add(name);
        button.setAttribute("aria-pressed", String(this.chosen.has(name)));
        changeAddress({ names: spellList([...this.chosen]) });
        this.draw();
      });
      return button;
    });
    byId("picker").replaceChildren(...buttons);
  }
}

/** @param {any} row as the export wrote it @param {number} place @param {Column[]} columns @returns {CopiedRun} */
function runOf({ cells, ...row }, place, columns) {
  const values = Object.fromEntries(columns.map(({ key }, index) => [key, cells?.[index] ?? null]));
  return { ...row, place, values, state: row.state ?? "" };
}

/** The words of the page's frame, which no server wrote in the reader's language. @param {number} n */
function drawShell(n) {
  const { log_dir: place, host, made, command, points, left_out: left } = pageData();
  const name = (/** @type {string} */ id, /** @type {string} */ key) => {
    byId(id).title = t(key);
    byId(id).setAttribute("aria-label", t(key));
  };
  name("theme", "copy.theme");
  name("help", "copy.help");
  // In the language that it leads to.
  [byId("language").textContent, byId("language").title] = language === "zh" ? ["EN", "Show in English"] : ["中文", "显示中文"];
  byId("skip").textContent = t("copy.skip");
  byId("where").textContent = byId("where").title = place;
  byId("all-title").textContent = t("copy.title", { n });
  byId("curves-title").textContent = t("copy.curves");
  byId("images-title").textContent = t("copy.images");
  byId("back").textContent = t("copy.back");
  const kept = points.shown < points.total ? t("copy.points", points) : points.total ? t("copy.points.all", points) : "";
  const lost = left ? t("copy.left_out", { n: left }) : "";
  const note = [t("copy.note", { n, when: moment(made), host, place }), kept, lost, `${t("copy.command")} `].filter(Boolean).join(" ");
  byId("note").append(note, element("code", {}, command));
}

new CopiedPage().start();
