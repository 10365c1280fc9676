// A chart in words: what stands under it, and what screen readers hear of it.
import { extremes } from "./curves.js";
import { element } from "./dom.js";
import { count, shortNumber } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {import("./chart.js").Drawn} Drawn */

/** Of so many lines a chart tells. */
export const MOST_TOLD = 8;
const MARK_SIGNS = { nan: "▼", inf: "▽", "-inf": "△" };
export const MARK_NAMES = { nan: "NaN", inf: "Infinity", "-inf": "-Infinity" };

/**
 * What stands under a chart: how much of the data it shows, what is odd in it, and what is left out.
 * @param {Chart} chart
 * @returns {HTMLElement[]}
 */
export function footOf(chart) {
  const segments = segmentText(chart);
  const odd = [...markCounts(chart)].map(([kind, n]) => element("span", { class: "odd" }, `${MARK_SIGNS[kind]} ${MARK_NAMES[kind]} × ${count(n)}`));
  const texts = [segments && `┊ ${segments}`, ...leftOut(chart)].filter(Boolean);
  return [element("span", {}, amount(chart)), ...farPoints(chart), ...odd, ...texts.map((text) => element("span", {}, text))];
}

/**
 * How many points lie far outside of what the vertical axis shows; where it shows them, that it need not.
 * @param {Chart} chart
 */
function farPoints({ inner, settings, isFlattened, ignore }) {
  if (!inner) return [];
  const [least, most] = [shortNumber(inner.least), shortNumber(inner.most)];
  if (settings.inner) return [element("span", { class: "odd" }, t("chart.outside", { n: inner.outside, least, most }))];
  if (!isFlattened) return [];
  return [element("span", {}, t("chart.flat", { n: inner.outside }), " ", element("button", { type: "button", class: "quiet", onclick: ignore }, t("tools.inner")))];
}

/** @param {Chart} chart */
function amount(chart) {
  const total = chart.drawn.reduce((sum, { data }) => sum + data.total, 0);
  const shown = chart.drawn.reduce((sum, { data }) => sum + data.value.length, 0);
  const isLess = shown < total && isThinned(chart);
  return isLess ? t("chart.thinned", { shown: count(shown), total: count(total) }) : t("chart.points", { total: count(total) });
}

/** @param {Chart} chart @returns {string[]} what the chart does not show, or shows otherwise than asked for */
function leftOut({ drawn, settings, early, lacking, fallback }) {
  const low = (/** @type {Drawn} */ { data }) => data.value.filter((value) => value !== null && value <= 0).length;
  const dropped = settings.log ? drawn.reduce((sum, one) => sum + low(one), 0) : 0;
  const isFewer = drawn.some(({ data: { band } }) => band?.n.some((n) => n < band.runs));
  return [
    isFewer ? t("means.fewer") : "",
    dropped ? t("chart.dropped", { n: dropped }) : "",
    early ? t("chart.dropped.x", { n: count(early) }) : "",
    settings.x !== "step" && drawn.length && fallback ? t(`chart.no${settings.x}`) : "",
    lacking ? t("chart.lacking", { n: lacking }) : "",
  ];
}

/** Where the run went on after it had stopped; of several, how many did. @param {Chart} chart */
function segmentText({ drawn, lines }) {
  const those = drawn.filter(({ resumed: places }) => places.length);
  if (!those.length) return "";
  if (lines.length > 1) return t("chart.resumed.some", { n: those.length });
  const [{ resumed: places, data }] = those;
  const steps = places.slice(-3).map((index) => count(data.step[index]));
  return t("chart.resumed", { steps: [...(places.length > 3 ? ["…"] : []), ...steps].join(", ") });
}

/** What was recorded under this name and is no number, by step. @param {Chart} chart @returns {string[]} */
export function textsOf({ drawn }) {
  return drawn.flatMap(({ data }) => Object.values(data.texts ?? {}));
}

/** @param {Chart} chart */
export function isThinned({ drawn }) {
  return drawn.some(({ data }) => data.value.length < data.total);
}

/** @param {Chart} chart */
function markCounts({ drawn }) {
  /** @type {Map<"nan" | "inf" | "-inf", number>} */
  const counts = new Map();
  for (const { data } of drawn) {
    for (const { kind, count: n } of data.marks) counts.set(kind, (counts.get(kind) ?? 0) + n);
  }
  return counts;
}

/** @param {Chart} chart @returns {string} the chart in words, for those who do not see it */
export function summaryOf(chart) {
  const texts = chart.drawn.map(({ line, data }) => {
    const found = extremes(data.value);
    const name = chart.lines.length > 1 ? line.label : chart.name;
    if (!found) return name;
    return t("chart.summary", { name, last: oddEnd({ data, y: data.value }) ?? shortNumber(found.last), min: shortNumber(found.min), max: shortNumber(found.max) });
  });
  const odd = [...markCounts(chart)].map(([kind, n]) => `${MARK_NAMES[kind]} × ${count(n)}`);
  return [...texts.slice(0, MOST_TOLD), ...odd, chart.settings.inner && chart.inner ? t("chart.outside", { n: chart.inner.outside, least: shortNumber(chart.inner.least), most: shortNumber(chart.inner.most) }) : "", segmentText(chart)].filter(Boolean).join("; ");
}

/** @param {(number | null)[]} values */
export function lastIndex(values) {
  let index = values.length - 1;
  while (index > 0 && values[index] === null) index -= 1;
  return index;
}

/**
 * @param {Pick<Drawn, "data" | "y">} drawn
 * @returns {string | null} what a curve ends in if that is no number
 */
export function oddEnd({ data, y }) {
  const mark = data.marks.at(-1);
  const last = lastIndex(y);
  return mark && (mark.step > data.step[last] || y[last] === null) ? MARK_NAMES[mark.kind] : null;
}
