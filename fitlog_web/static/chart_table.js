// The points of a chart as a table, for those who read rather than look; loaded when it is asked for.
import { isThinned, MARK_NAMES } from "./chart_words.js";
import { extremes } from "./curves.js";
import { element } from "./dom.js";
import { count } from "./format.js";
import { t } from "./i18n.js";
import "./stats_texts.js";

/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {import("./chart.js").Drawn} Drawn */
/** @typedef {{heading: string, values: (number | null)[], drawn: Drawn, at: Map<number, number>}} Column values, with their index by step */

/** More rows than this nobody reads; the CSV has all. */
const MOST_ROWS = 300;

/** @param {Chart} chart @returns {HTMLElement} */
export function tableOf(chart) {
  const columns = chart.drawn.flatMap((drawn) => columnsOf(chart, drawn));
  const steps = stepsOf(columns, chart.settings.range);
  const rows = chosen(steps, columns);
  const places = placesOf(chart, columns);
  const head = element("tr", {}, ...[t("table.step"), ...places.heading, ...columns.map(({ heading }) => heading)].map((text) => element("th", { scope: "col" }, text)));
  const figures = figuresOf(columns, steps).map(([name, values]) => row(name, [...places.heading.map(() => ""), ...values]));
  const points = rows.map((step) => row(String(step), [...places.at(step), ...columns.map((column) => textAt(column, step))]));
  const table = element("table", { class: "plain" }, element("thead", {}, head), element("tbody", { class: "figures" }, ...figures), element("tbody", {}, ...points));
  const notes = rows.length < steps.length ? [t("table.cut", { shown: count(rows.length), total: count(steps.length) })] : [];
  if (chart.drawn.length > 1 && isThinned(chart)) notes.push(t("table.blank"));
  return element("div", {}, element("p", { class: "muted" }, notes.join(" ")), element("div", { class: "points", role: "region", "aria-label": t("table.of", { name: chart.title }), tabIndex: 0 }, table));
}

/** @param {string} name @param {string[]} texts */
function row(name, texts) {
  return element("tr", {}, element("th", { scope: "row" }, name), ...texts.map((text) => element("td", { class: "number" }, text)));
}

/** @param {Chart} chart @param {Drawn} drawn @returns {Column[]} */
function columnsOf(chart, drawn) {
  const { data, line } = drawn;
  const at = new Map(data.step.map((step, index) => [step, index]));
  const name = chart.lines.length > 1 ? line.label : chart.title;
  if (!data.band) return [{ heading: name, values: data.value, drawn, at }];
  const { std, min, max, n } = data.band;
  const spread = chart.settings.band === "std" ? { std } : { min, max };
  const figures = Object.entries({ mean: data.value, ...spread, n });
  return figures.map(([figure, values]) => ({ heading: `${name} · ${t(`stats.${figure}`)}`, values, drawn, at }));
}

/**
 * The column of places on the horizontal axis, where that is not the steps.
 * @param {Chart} chart
 * @param {Column[]} columns
 * @returns {{heading: string[], at: (step: number) => string[]}}
 */
function placesOf(chart, columns) {
  const { kind } = chart.axis();
  if (kind === "step") return { heading: [], at: () => [] };
  const at = (/** @type {number} */ step) => {
    const column = columns.find((one) => one.at.has(step));
    return [column ? chart.place(column.drawn.x[column.at.get(step) ?? 0]) : ""];
  };
  return { heading: [t(`tools.x.${kind}`)], at };
}

/** @param {Column[]} columns @param {{from: number, to: number} | null} range @returns {number[]} all steps in view */
function stepsOf(columns, range) {
  const steps = [...new Set(columns.flatMap(({ at }) => [...at.keys()]))].sort((a, b) => a - b);
  return range ? steps.filter((step) => step >= range.from && step <= range.to) : steps;
}

/**
 * The steps to be shown: of too many some at even distances, and those where a column is lowest and highest.
 * @param {number[]} steps
 * @param {Column[]} columns
 */
function chosen(steps, columns) {
  if (steps.length <= MOST_ROWS) return steps;
  const kept = new Set(columns.slice(0, MOST_ROWS / 4).flatMap((column) => outstanding(column, steps)));
  const free = MOST_ROWS - kept.size;
  for (let turn = 0; turn < free; turn += 1) kept.add(steps[Math.round((turn * (steps.length - 1)) / (free - 1))]);
  return steps.filter((step) => kept.has(step));
}

/** @param {Column} column @param {number[]} steps @returns {number[]} */
function outstanding(column, steps) {
  const found = extremes(steps.map((step) => valueAt(column, step)));
  const where = (/** @type {number | undefined} */ value) => steps.filter((step) => valueAt(column, step) === value).slice(0, 1);
  return found ? [...where(found.min), ...where(found.max)] : [];
}

/** @param {Column} column @param {number} step @returns {number | null} */
function valueAt({ values, at }, step) {
  return values[at.get(step) ?? -1] ?? null;
}

/** @param {Column} column @param {number} step @returns {string} in full */
function textAt(column, step) {
  const value = valueAt(column, step);
  if (value !== null) return String(value);
  const { data } = column.drawn;
  if (!column.at.has(step) || column.values !== data.value) return "";
  // A mark stands for all that follow it, up to the next.
  const mark = data.marks.findLast((one) => one.step <= step);
  return mark ? MARK_NAMES[mark.kind] : "";
}

/**
 * Last, lowest and highest value of each column, and how many are not finite.
 * @param {Column[]} columns
 * @param {number[]} steps
 * @returns {[string, string[]][]}
 */
function figuresOf(columns, steps) {
  const found = columns.map((column) => extremes(steps.map((step) => valueAt(column, step))));
  const figure = (/** @type {"last" | "min" | "max"} */ name) => found.map((one) => (one ? String(one[name]) : ""));
  const odd = columns.map(({ values, drawn }) => (values === drawn.data.value ? String(oddWithin(drawn, steps)) : ""));
  return [[t("chart.last"), figure("last")], [t("stats.min"), figure("min")], [t("stats.max"), figure("max")], [t("table.odd"), odd]];
}

/** @param {Drawn} drawn @param {number[]} steps */
function oddWithin({ data }, steps) {
  const marks = data.marks.filter(({ step }) => step >= steps[0] && step <= steps[steps.length - 1]);
  return marks.reduce((sum, { count: n }) => sum + n, 0);
}
