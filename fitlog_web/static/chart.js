// One chart: a card with a curve for each run, its marks for NaN and infinities, and its legend.
import { axisOf, logRange, place } from "./axes.js";
import { edgesOf } from "./band.js";
import { drawMarks, drawSegments } from "./chart_canvas.js";
import { drawLegend } from "./chart_legend.js";
import { footOf, MOST_TOLD, summaryOf, textsOf } from "./chart_words.js";
import { colourOf, dashOf, token } from "./colours.js";
import { between, positions, resumed, smooth, without } from "./curves.js";
import { element } from "./dom.js";
import { downloadMenu } from "./downloads.js";
import { count, shortNumber } from "./format.js";
import { t } from "./i18n.js";
import { flattens, innerRange } from "./outliers.js";

/** @typedef {import("../frontend/types").SeriesData} SeriesData */
/** @typedef {import("./curves.js").AxisKind} AxisKind */
/** @typedef {{runs: string[], by: string}} LineGroup the runs whose mean a line is, and what they were grouped by */
/** @typedef {{id: string, label: string, look: import("./colours.js").Look, group?: LineGroup, segments?: number[]}} Line `segments`: when the run went on after it had stopped */
/**
 * @typedef {object} Settings what all charts of a page share
 * @property {AxisKind} x
 * @property {number} smooth
 * @property {boolean} log
 * @property {boolean} xlog
 * @property {boolean} inner whether the vertical axis leaves out what lies far outside
 * @property {import("./band.js").BandKind} band what is shaded around a mean
 * @property {{from: number, to: number, x: [number, number]} | null} range zoom, in steps and positions
 */
/**
 * @typedef {object} Drawn one run's curve, ready to be drawn
 * @property {Line} line
 * @property {SeriesData} data
 * @property {number[]} x
 * @property {(number | null)[]} raw
 * @property {(number | null)[]} y what is drawn strongly: smoothed, or the values themselves
 * @property {number[]} resumed indexes of the points at which the run went on
 * @property {{high: (number | null)[], low: (number | null)[]} | null} edges of the band around it
 */
/** @typedef {{drawn: Drawn, part: "raw" | "line" | "high" | "low"}} Column what a series of the plot is */

/** How much is left to be seen of lines that are not looked at, and of what is smoothed. */
const STEPPED_BACK = 0.15;
const FAINT = 0.25;

/** A card with a chart in it. */
export class Chart {
  /**
   * @param {object} options
   * @param {string} options.name the series, as its column is called
   * @param {Line[]} options.lines
   * @param {Settings} options.settings
   * @param {typeof import("uplot")} options.library
   * @param {(from: number, to: number, x: [number, number]) => void} options.zoom
   * @param {() => void} options.reset
   * @param {() => void} options.ignore leaves out what lies far outside, in all charts
   * @param {boolean} options.tabled whether its points are to be seen as a table
   * @param {(open: boolean) => void} options.table keeps whether they are
   */
  constructor({ name, lines, settings, library, zoom, reset, ignore, tabled, table }) {
    this.name = name;
    this.all = lines;
    /** Those of them that are drawn. */
    this.lines = lines;
    this.settings = settings;
    this.library = library;
    this.zoom = zoom;
    this.reset = reset;
    this.ignore = ignore;
    /** @type {Map<string, SeriesData>} */
    this.data = new Map();
    /** @type {Drawn[]} */
    this.drawn = [];
    /** @type {Map<string, {step: number[], x: number[]}>} epochs by step, before any zoom */
    this.whole = new Map();
    /** How many runs and points the axes have no place for. */
    this.lacking = 0;
    this.early = 0;
    /** @type {import("./outliers.js").Inner | null} what of the points in view is usual, where some lie far outside */
    this.inner = null;
    /** @type {Column[]} in the order of the plot's series, the axis left out */
    this.columns = [];
    /** @type {import("uplot") | null} */
    this.plot = null;
    this.shape = "";
    this.fallback = false;
    const title = (this.title = name.replace(/^(loss|metric)-/, ""));
    this.readout = element("span", { class: "readout" });
    this.host = element("div", { class: "plot", role: "img", "aria-label": title });
    this.foot = element("footer");
    this.legend = lines.length > 1 ? element("ul", { class: "legend" }) : null;
    this.points = element("div", { hidden: true });
    const tools = element("span", { class: "card-tools" }, this.tableButton(table), downloadMenu(this, title));
    const head = element("header", {}, element("h3", { title: name }, title), this.readout, tools);
    this.card = element("article", { class: "card", "data-name": name }, head, this.host, this.legend, this.foot, this.points);
    if (tabled) this.showTable(true);
    if (this.legend) this.legend.style.minHeight = `${18 * Math.min(lines.length, MOST_TOLD + 1) + 8}px`;
    this.message(t("chart.loading"));
    new ResizeObserver(() => this.fit()).observe(this.host);
  }

  /**
   * @param {string} text shown in place of the curve
   * @param {HTMLElement | null} [action] a button beside it
   */
  message(text, action = null) {
    this.plot?.destroy();
    this.plot = null;
    // What lies in an image is hidden from screen readers, a button with it.
    this.host.setAttribute("role", "group");
    this.host.replaceChildren(element("p", { class: "message" }, text, action ? " " : null, action));
  }

  /** @param {(open: boolean) => void} keep */
  tableButton(keep) {
    const label = t("table.open", { name: this.title });
    const toggle = () => {
      const open = Boolean(this.points.hidden);
      this.showTable(open);
      keep(open);
    };
    this.switch = element("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-label": label, title: label, onclick: toggle }, "▦");
    return this.switch;
  }

  /** @param {boolean} open */
  async showTable(open) {
    this.points.hidden = !open;
    this.switch?.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const { tableOf } = await import("./chart_table.js");
    const before = this.points.querySelector(".points");
    const [top, isRead] = [before?.scrollTop ?? 0, before === document.activeElement];
    this.points.replaceChildren(tableOf(this));
    const after = /** @type {HTMLElement} */ (this.points.querySelector(".points"));
    after.scrollTop = top; // New points do not take a reader from the place.
    if (before && isRead) after.focus({ preventScroll: true });
  }

  /** @param {(id: string) => boolean} passes whether a line is drawn */
  only(passes) {
    this.lines = this.all.filter(({ id }) => passes(id));
    if (this.data.size) this.draw();
  }

  /** @param {Map<string, SeriesData>} data by the lines' ids */
  show(data) {
    this.data = data;
    if (!this.settings.range) this.keepWhole(data);
    this.draw();
  }

  /** @param {Map<string, SeriesData>} data by the lines' ids, not zoomed */
  keepWhole(data) {
    for (const [id, curve] of data) this.whole.set(id, { step: curve.step, x: positions(curve, "epoch").x });
  }

  /** Draws the chart anew; where only the points changed, into the canvas at hand. */
  draw() {
    this.prepareAll();
    this.foot.replaceChildren(...footOf(this));
    this.host.setAttribute("aria-label", summaryOf(this));
    if (!this.points.hidden) this.showTable(true);
    if (!this.drawn.some(({ data }) => data.step.length || data.marks.length)) {
      if (!this.lines.length) return this.message(t("lines.none"));
      const texts = textsOf(this);
      this.message(texts.length ? t("chart.texts", { n: count(texts.length), last: texts[texts.length - 1] }) : t("chart.empty"));
      return;
    }
    const before = this.columns;
    this.columns = this.drawn.flatMap((drawn) => this.columnsOf(drawn));
    const table = this.table();
    // All but the lines behind the smoothed ones, which come and go in the canvas at hand (bands
    // count the lines before them).
    const parts = this.columns.filter(({ drawn, part }) => part !== "raw" || drawn.edges).map(({ drawn, part }) => [drawn.line.id, part]);
    const shape = JSON.stringify([parts, this.settings.log, this.axis()]);
    if (this.plot && shape === this.shape) {
      this.changeRaw(this.plot, before);
      this.plot.setData(table);
    } else this.rebuild(table);
    this.shape = shape;
    drawLegend(this);
  }

  /**
   * Gives a plot the raw lines of now in place of those of before.
   * @param {import("uplot")} plot
   * @param {Column[]} before
   */
  changeRaw(plot, before) {
    if (isRaw(before) === isRaw(this.columns)) return;
    before.forEach((_, at) => before[before.length - 1 - at].part === "raw" && plot.delSeries(before.length - at));
    this.columns.forEach((column, at) => column.part === "raw" && plot.addSeries(strokeOf(column), at + 1));
  }

  /** Draws the chart anew with the colours of the theme. */
  recolour() {
    this.shape = "";
    if (this.plot) this.draw();
  }

  /** Makes the curves ready; where some runs lack what the axis shows, those that have it. */
  prepareAll() {
    const known = this.lines.filter(({ id }) => this.data.has(id));
    const placed = known.filter(({ id }) => !positions(/** @type {SeriesData} */ (this.data.get(id)), this.settings.x).fallback);
    this.fallback = !placed.length;
    this.lacking = placed.length ? known.length - placed.length : 0;
    this.early = 0;
    this.drawn = (placed.length ? placed : known).map((line) => this.prepare(line, /** @type {SeriesData} */ (this.data.get(line.id))));
    this.inner = innerRange(this.drawn.map(({ x, y }) => (x.length ? y.filter((_, at) => this.isInView(x[at])) : [])), this.settings.log);
  }

  /** @param {number} place on the horizontal axis */
  isInView(place) {
    const zoom = this.settings.range?.x;
    return !zoom || (place >= zoom[0] && place <= zoom[1]);
  }

  /** @returns {boolean} whether a few far points leave the rest flat, and are to be seen */
  get isFlattened() {
    return !this.settings.inner && !!this.inner && flattens(this.inner, this.settings.log);
  }

  /** @returns {import("./axes.js").AxisLook} */
  axis() {
    const kind = this.fallback ? "step" : this.settings.x;
    return { kind, log: this.settings.xlog && kind !== "wall" };
  }

  /** @param {Line} line @param {SeriesData} all @returns {number[]} */
  placesOf({ id }, all) {
    const whole = this.settings.x === "epoch" && this.settings.range && !this.fallback ? this.whole.get(id) : null;
    if (!whole) return positions(all, this.settings.x).x;
    return all.step.map((step) => between(whole.step, whole.x, step));
  }

  /**
   * @param {Line} line
   * @param {SeriesData} all
   * @returns {Drawn}
   */
  prepare(line, all) {
    const places = this.placesOf(line, all);
    const later = this.axis().log ? places.filter((at) => at <= 0).length : 0;
    this.early += later;
    const [x, data] = later ? [places.slice(later), without(all, later)] : [places, all];
    const raw = this.settings.log ? data.value.map((value) => (value !== null && value > 0 ? value : null)) : data.value;
    const even = (/** @type {(number | null)[]} */ values) => (this.settings.smooth ? smooth(values, this.settings.smooth) : values);
    const edges = data.band ? edgesOf(data.band, this.settings.band, this.settings.log) : null;
    return { line, data, x, raw, y: even(raw), resumed: resumed(data, line.segments ?? []), edges: edges && { high: even(edges.high), low: even(edges.low) } };
  }

  /** @param {Drawn} drawn @returns {Column[]} */
  columnsOf(drawn) {
    /** @type {Column["part"][]} */
    const parts = [...(drawn.edges ? /** @type {const} */ (["high", "low"]) : []), ...(this.settings.smooth ? /** @type {const} */ (["raw"]) : []), "line"];
    return parts.map((part) => ({ drawn, part }));
  }

  /** @returns {import("uplot").AlignedData} */
  table() {
    const tables = this.drawn.map((drawn) => [drawn.x, ...this.columns.filter((column) => column.drawn === drawn).map(valuesOf)]);
    const joined = tables.length === 1 ? tables[0] : this.library.join(/** @type {any} */ (tables));
    return /** @type {import("uplot").AlignedData} */ (joined);
  }

  /** @param {import("uplot").AlignedData} table */
  rebuild(table) {
    this.plot?.destroy();
    this.host.replaceChildren();
    this.host.setAttribute("role", "img");
    this.plot = new this.library(this.options(), table, this.host);
  }

  fit() {
    const width = this.host.clientWidth;
    if (this.plot && width && Math.abs(this.plot.width - width) > 1) this.plot.setSize({ width, height: this.host.clientHeight });
  }

  /** @returns {import("uplot").Options} */
  options() {
    const { settings } = this;
    const { kind, log } = this.axis();
    const axis = { stroke: token("--muted"), font: "11px system-ui, sans-serif", grid: { stroke: token("--line"), width: 1 }, ticks: { show: false } };
    return {
      width: Math.max(120, this.host.clientWidth),
      height: this.host.clientHeight || 220,
      legend: { show: false },
      // Times of the day are wide, and stand at the very ends of their axis.
      padding: kind === "wall" ? [10, 34, 0, 10] : [10, 20, 0, 0],
      focus: { alpha: STEPPED_BACK },
      cursor: this.cursor(),
      scales: {
        x: { time: kind === "wall", distr: log ? 3 : 1, range: (_plot, min, max) => this.rangeX(min, max) },
        y: { distr: settings.log ? 3 : 1, range: (_plot, min, max) => this.rangeY(min, max) },
      },
      axes: [
        { ...axis, ...axisOf({ kind, log }) },
        { ...axis, gap: 4, size: (_plot, labels) => 14 + 6.4 * Math.max(2, ...(labels ?? []).map((label) => (label ?? "").length)), values: (_plot, ticks) => ticks.map((tick) => (tick === null ? "" : shortNumber(tick))) },
      ],
      series: [{}, ...this.columns.map((column) => strokeOf(column))],
      bands: this.bands(),
      hooks: { setSeries: [(_plot, index) => this.emphasise(index)], setSelect: [() => this.selected()], setCursor: [() => drawLegend(this)], draw: [(plot) => drawSegments(plot, this.drawn), (plot) => drawMarks(plot, this.drawn)] },
    };
  }

  /** @returns {import("uplot").Cursor} */
  cursor() {
    return {
      y: false,
      points: { size: (_plot, index) => (this.columns[index - 1].part === "line" ? 7 : 0), fill: (_plot, index) => colourOf(this.columns[index - 1].drawn.line.look) },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      focus: { prox: this.lines.length > 1 ? 30 : -1 },
      // Positions are shared between charts; pressing and releasing the button is not.
      sync: { key: "fitlog", setSeries: false, scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave", sub: () => true } },
      bind: { dblclick: () => () => (this.reset(), null) },
    };
  }

  /** @returns {import("uplot").Band[]} */
  bands() {
    return this.columns.flatMap(({ drawn, part }, at) => (part === "high" ? [{ series: [at + 1, at + 2], fill: `${colourOf(drawn.line.look)}33` }] : []));
  }

  /**
   * Leaves what belongs to one line as it is and lets the others step back.
   * @param {number | null} index of one of the line's series, null for all lines
   */
  emphasise(index) {
    const chosen = index === null ? null : this.columns[index - 1]?.drawn;
    this.columns.forEach(({ drawn, part }, at) => {
      const series = this.plot?.series[at + 1];
      if (series) series.alpha = (chosen && drawn !== chosen ? STEPPED_BACK : 1) * (part === "raw" ? FAINT : 1);
    });
  }

  /** @param {number | null} min @param {number | null} max @returns {[number, number]} */
  rangeX(min, max) {
    const { log } = this.axis();
    const zoom = this.settings.range?.x;
    if (zoom && !(log && zoom[0] <= 0)) return zoom;
    if (min === null || max === null) return log ? [0.1, 1] : [0, 1];
    if (zoom && zoom[1] > min) return [min, zoom[1]];
    if (min === max) return log ? [min / 2, min * 2] : [min - 1, max + 1];
    return [min, max];
  }

  /** @param {number | null} min @param {number | null} max @returns {any} */
  rangeY(min, max) {
    if (min === null || max === null) return this.settings.log ? [0.1, 1] : [0, 1];
    if (this.settings.inner && this.inner) [min, max] = [this.inner.low, this.inner.high];
    if (this.settings.log) return logRange(min, max);
    return this.library.rangeNum(min, max, 0.1, true);
  }

  /** @param {number} value a place on the horizontal axis, in full */
  place(value) {
    const { min, max } = this.plot?.scales.x ?? {};
    return place(value, this.axis().kind, (max ?? 0) - (min ?? 0));
  }

  selected() {
    const { plot } = this;
    if (!plot || plot.select.width < 4) return;
    const min = plot.posToVal(plot.select.left, "x");
    const max = plot.posToVal(plot.select.left + plot.select.width, "x");
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const from = Math.min(...this.drawn.map(({ x, data }) => between(x, data.step, min)));
    const to = Math.max(...this.drawn.map(({ x, data }) => between(x, data.step, max)));
    this.zoom(Math.floor(from), Math.ceil(to), [min, max]);
  }

  /**
   * The next point in view from the cursor on, of whichever line; from nowhere the first or last.
   * @param {1 | -1} by
   * @returns {number | undefined} its place on the horizontal axis
   */
  next(by) {
    const { plot } = this;
    if (!plot) return;
    const [min, max] = [plot.scales.x.min ?? 0, plot.scales.x.max ?? 0];
    const points = [...plot.data[0]].filter((at) => at >= min && at <= max);
    const left = plot.cursor.left ?? -1;
    const now = left >= 0 ? plot.posToVal(left, "x") : by * -Infinity;
    // A place comes back from pixels with the last digits of a float changed.
    const beside = (max - min) * 1e-9;
    const next = by > 0 ? points.find((at) => at > now + beside) : points.findLast((at) => at < now - beside);
    return next;
  }

  /** @param {number} at a place on the horizontal axis, which the cursor is put on where it is in view */
  pointAt(at) {
    const { plot } = this;
    if (!plot) return;
    const { min, max } = plot.scales.x;
    const isSeen = at >= (min ?? Infinity) && at <= (max ?? -Infinity);
    // Above the drawing, so that no line is nearer than the others.
    plot.setCursor({ left: isSeen ? plot.valToPos(at, "x") : -10, top: -1000 });
  }
}

/** @param {Column} column @returns {(number | null)[]} */
function valuesOf({ drawn, part }) {
  if (part === "line") return drawn.y;
  return part === "raw" ? drawn.raw : (drawn.edges?.[part] ?? []);
}

/** @param {Column[]} columns */
function isRaw(columns) {
  return columns.some(({ part }) => part === "raw");
}

/** @param {Column} column @returns {import("uplot").Series} */
function strokeOf({ drawn: { line }, part }) {
  const { look, label } = line;
  const stroke = colourOf(look);
  if (part === "line") return { label, stroke, width: 1.75, dash: dashOf(look), points: { size: 5, fill: token("--bg") } };
  // An edge is where the shade ends; a line there would be taken for another run.
  return { label, stroke, width: part === "raw" ? 1 : 0, alpha: part === "raw" ? FAINT : 1, points: { show: false } };
}
