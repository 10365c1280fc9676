// All charts of a page: their common settings, one request for many, drawn as they come into view.
import { changeAddress, readList, spellList } from "./api.js";
import { Chart } from "./chart.js";
import { spoken } from "./chart_legend.js";
import { onTheme } from "./colours.js";
import { byId, element } from "./dom.js";
import { t } from "./i18n.js";
import { loadCharts } from "./libraries.js";
import { explainKey, onKey } from "./shell.js";

/** @typedef {import("./chart.js").Line} Line */
/** @typedef {import("./chart.js").Settings} Settings */
/** @typedef {import("../frontend/types").SeriesData} SeriesData */
/** @typedef {Map<string, Map<string, SeriesData>>} Loaded by series, then by run */

/** How many points a curve is asked for; more cannot be told apart on a screen. */
export const POINTS = 1500;
/** What the horizontal axis can be. */
const KINDS = /** @type {const} */ (["step", "epoch", "time", "wall"]);

/** The charts of a page. */
export class Charts {
  /**
   * @param {HTMLElement} host
   * @param {(names: string[], range: {from: number, to: number} | null) => Promise<Loaded>} load
   */
  constructor(host, load) {
    this.host = host;
    this.load = load;
    /** @type {Map<string, Chart>} */
    this.charts = new Map();
    /** @type {Set<string>} charts in view, or nearly */
    this.visible = new Set();
    /** @type {Set<string>} charts whose points are old or missing */
    this.wanted = new Set();
    /** The chart that the pointer or the focus was in last. */
    this.current = "";
    this.said = element("p", { class: "visually-hidden", role: "status" });
    host.after(this.said);
    this.settings = this.readSettings();
    /** @type {Set<string>} charts whose points are shown as a table, too */
    this.tables = new Set(readList("tables"));
    this.turn = 0;
    /** @type {(id: string) => boolean} whether a line is drawn */
    this.passes = () => true;
    this.observer = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: "300px" });
    onTheme(() => this.recolour());
    const { range } = this.settings;
    this.reset = element("button", { type: "button", hidden: !range, onclick: () => this.zoom(null) }, t("tools.reset"));
    /** @type {HTMLInputElement | null} */
    this.inner = null;
    this.makeTools();
  }

  /** @returns {Settings} */
  readSettings() {
    const query = new URLSearchParams(location.search);
    const [from, to] = [Number(query.get("from")), Number(query.get("to"))];
    const kind = KINDS.find((one) => one === query.get("x")) ?? "step";
    // On an axis of steps the zoom is told by its steps; on any other by both.
    const [left, right] = (query.get("span") ?? "").split(",").map(Number);
    const span = /** @type {[number, number] | null} */ (kind === "step" ? [from, to] : right > left ? [left, right] : null);
    return {
      x: kind,
      smooth: Math.min(0.99, Math.max(0, Number(query.get("smooth")) || 0)),
      log: query.get("log") === "1",
      inner: query.get("inner") === "1",
      band: query.get("band") === "range" ? "range" : "std",
      xlog: query.get("xlog") === "1",
      range: query.has("to") && to > from && span ? { from, to, x: span } : null,
    };
  }

  /** Keeps the settings in the page's address. */
  remember() {
    const { x, smooth, log, xlog, inner, band, range } = this.settings;
    changeAddress({
      x: x === "step" ? "" : x,
      smooth: smooth ? String(smooth) : "",
      log: log ? "1" : "",
      band: band === "std" ? "" : band,
      xlog: xlog ? "1" : "",
      inner: inner ? "1" : "",
      from: range ? String(range.from) : "",
      to: range ? String(range.to) : "",
      span: range && x !== "step" ? range.x.join(",") : "",
    });
  }

  /** Forgets the charts that there are, as their lines are others from now on. */
  forget() {
    this.charts = new Map();
    this.wanted.clear();
    this.turn += 1;
  }

  /**
   * Shows these series, in sections; charts that stay keep their points.
   * @param {{title: string, names: string[]}[]} sections
   * @param {Line[]} lines
   */
  async show(sections, lines) {
    const library = await loadCharts();
    const before = this.charts;
    this.charts = new Map();
    this.observer.disconnect();
    this.visible.clear();
    const made = sections.map(({ title, names }) => {
      const cards = element("div", { class: "cards" });
      for (const name of names) {
        const chart = before.get(name) ?? this.make(name, lines, library);
        this.charts.set(name, chart);
        cards.append(chart.card);
      }
      return element("section", { class: "section" }, element("h2", {}, title), cards);
    });
    this.host.replaceChildren(...made);
    for (const { card } of this.charts.values()) this.observer.observe(card);
    byId("chart-tools").hidden = !this.charts.size;
  }

  /** @param {string} name @param {Line[]} lines @param {typeof import("uplot")} library */
  make(name, lines, library) {
    this.wanted.add(name);
    const zoom = (/** @type {number} */ from, /** @type {number} */ to, /** @type {[number, number]} */ x) => this.zoom({ from, to, x });
    const table = (/** @type {boolean} */ open) => this.keepTable(name, open);
    const chart = new Chart({ name, lines, library, settings: this.settings, zoom, reset: () => this.zoom(null), ignore: () => this.inner?.click(), tabled: this.tables.has(name), table });
    chart.only(this.passes);
    for (const event of ["pointerenter", "focusin"]) chart.card.addEventListener(event, () => (this.current = name));
    return chart;
  }

  /** Moves the cursor of all charts by a point of the current one. @param {1 | -1} by */
  step(by) {
    const current = this.charts.get(this.current);
    const chart = current?.plot ? current : [...this.charts.values()].find(({ name, plot }) => plot && this.visible.has(name));
    const at = chart?.next(by);
    if (!chart || at === undefined) return;
    for (const each of this.charts.values()) each.pointAt(at);
    this.said.textContent = spoken(chart);
  }

  /** @param {string} name @param {boolean} open */
  keepTable(name, open) {
    if (open) this.tables.add(name);
    else this.tables.delete(name);
    changeAddress({ tables: spellList([...this.tables]) });
  }

  /** @param {IntersectionObserverEntry[]} entries */
  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const name = target.getAttribute("data-name") ?? "";
      if (isIntersecting) this.visible.add(name);
      else this.visible.delete(name);
    }
    this.fetch();
  }

  /** Asks for the points of all charts in view that lack them, in one request. */
  fetch() {
    return this.fetchThese([...this.visible].filter((name) => this.wanted.has(name)));
  }

  /** @param {string[]} names */
  async fetchThese(names) {
    if (!names.length) return;
    for (const name of names) this.wanted.delete(name);
    const { range } = this.settings;
    const turn = this.turn;
    try {
      const bare = range && this.settings.x === "epoch" ? names.filter((name) => !this.charts.get(name)?.whole.size) : [];
      // How far into an epoch a step is can only be told by all of it.
      if (bare.length) for (const [name, curves] of await this.load(bare, null)) this.charts.get(name)?.keepWhole(curves);
      const loaded = await this.load(names, range);
      if (turn !== this.turn) return;
      for (const name of names) this.charts.get(name)?.show(loaded.get(name) ?? new Map());
    } catch (error) {
      const text = t("chart.failed", { error: error instanceof Error ? error.message : String(error) });
      for (const name of names) {
        this.wanted.add(name);
        const chart = this.charts.get(name);
        if (!chart?.plot) chart?.message(text, this.retryButton(name));
      }
    }
  }

  /** @param {string} name of the one chart that is asked for again */
  retryButton(name) {
    return element("button", { type: "button", onclick: () => this.fetchThese([name]) }, t("chart.retry"));
  }

  /** Asks for all points again, as there are new ones. */
  refresh() {
    for (const name of this.charts.keys()) this.wanted.add(name);
    return this.fetch();
  }

  /** @param {Settings["range"]} range */
  zoom(range) {
    if (!range && !this.settings.range) return;
    this.settings.range = range;
    this.turn += 1;
    this.reset.hidden = !range;
    this.remember();
    // What is at hand is shown at once, the finer points follow.
    for (const name of this.visible) this.charts.get(name)?.draw();
    this.refresh();
  }

  /**
   * Leaves lines out of all charts, or brings them back; their points stay at hand.
   * @param {(id: string) => boolean} passes whether a line is drawn
   */
  only(passes) {
    this.passes = passes;
    for (const chart of this.charts.values()) chart.only(passes);
  }

  redraw() {
    this.remember();
    for (const chart of this.charts.values()) if (chart.plot) chart.draw();
  }

  /** @param {(id: string) => import("./colours.js").Look | undefined} lookOf a line */
  relook(lookOf) {
    for (const { all } of this.charts.values()) for (const line of all) line.look = lookOf(line.id) ?? line.look;
    this.recolour();
  }

  recolour() {
    for (const chart of this.charts.values()) chart.recolour();
  }

  makeTools() {
    const { settings } = this;
    const slider = element("input", { type: "range", min: "0", max: "0.99", step: "0.01" });
    // The value must come after the bounds, which would cut it.
    slider.value = String(settings.smooth);
    const amount = element("output", {}, settings.smooth.toFixed(2));
    slider.addEventListener("input", () => {
      settings.smooth = Number(slider.value);
      amount.textContent = settings.smooth.toFixed(2);
      this.redraw();
    });
    const log = this.switchOf("log");
    const xlog = this.switchOf("xlog");
    this.inner = this.switchOf("inner");
    byId("chart-tools").append(
      this.axisChoice(),
      element("label", {}, t("tools.smooth"), slider, amount),
      element("label", {}, log, t("tools.log")),
      element("label", {}, xlog, t("tools.xlog")),
      element("label", { title: t("tools.inner.title") }, this.inner, t("tools.inner")),
      this.reset,
      element("span", { class: "muted" }, t("tools.hint")),
    );
    onKey("0", () => this.zoom(null));
    onKey("l", () => log.click());
    onKey("L", () => xlog.click());
    onKey("i", () => this.inner?.click());
    const smoother = (/** @type {number} */ by) => {
      // In hundredths: 0.1 + 0.2 would stand in the address as 0.30000000000000004.
      slider.value = String((Math.round(settings.smooth * 100) + by) / 100);
      slider.dispatchEvent(new Event("input"));
    };
    onKey("+", () => smoother(10));
    onKey("-", () => smoother(-10));
    onKey("[", () => this.step(-1));
    onKey("]", () => this.step(1));
    explainKey(["[", "]"], t("help.point"));
    explainKey(["0"], t("help.zoom"));
    explainKey(["l"], t("help.log"));
    explainKey(["Shift", "L"], t("help.xlog"));
    explainKey(["i"], t("tools.inner"));
    explainKey(["+", "-"], t("help.smooth"));
  }

  /** @param {"log" | "xlog" | "inner"} setting */
  switchOf(setting) {
    const box = element("input", { type: "checkbox", checked: this.settings[setting] });
    box.addEventListener("change", () => {
      this.settings[setting] = box.checked;
      this.redraw();
    });
    return box;
  }

  axisChoice() {
    const buttons = KINDS.map((kind) =>
      element("button", { type: "button", "aria-pressed": String(this.settings.x === kind), onclick: () => choose(kind) }, t(`tools.x.${kind}`)),
    );
    const choose = (/** @type {typeof KINDS[number]} */ kind) => {
      this.settings.x = kind;
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.textContent === t(`tools.x.${kind}`)));
      if (this.settings.range) this.zoom(null);
      this.redraw();
    };
    return element("div", { class: "segments", role: "group", "aria-label": t("tools.x") }, ...buttons);
  }
}
