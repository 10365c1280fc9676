// What the cursor of a chart reads: a value in its head, or a line for each run.
import { spreadText } from "./band.js";
import { lastIndex, MOST_TOLD, oddEnd } from "./chart_words.js";
import { swatch } from "./colours.js";
import { element } from "./dom.js";
import { shortNumber } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {import("./chart.js").Drawn} Drawn */
/**
 * @typedef {object} Entry what is told of one line
 * @property {Drawn} drawn
 * @property {number} index of the point that is read
 * @property {number | null} value of it
 * @property {string | null} odd what the line ends in if that is no number, where its end is told
 * @property {boolean} isFar whether the line has no point where the cursor is
 */

/** A point is far from the cursor where it is so many times as far as points are from each other. */
const FAR = 2;

/**
 * Writes the values under the cursor, nearest first; without a cursor the last ones.
 * @param {Chart} chart
 */
export function drawLegend(chart) {
  const { plot, legend, readout } = chart;
  if (!plot) return;
  const left = plot.cursor.left ?? -1;
  const at = left >= 0 ? plot.posToVal(left, "x") : null;
  const entries = chart.drawn.map((drawn) => entryOf(drawn, at)).filter(({ value, odd }) => odd || typeof value === "number");
  if (!legend) return drawReadout(chart, entries[0], at);
  readout.textContent = at === null ? t("chart.last") : chart.place(at);
  const top = plot.cursor.top ?? -1;
  if (at !== null && top >= 0) {
    const away = (/** @type {Entry} */ { value }) => Math.abs(plot.valToPos(value ?? 0, "y") - top);
    entries.sort((a, b) => Number(a.isFar) - Number(b.isFar) || away(a) - away(b));
  }
  const items = entries.slice(0, MOST_TOLD).map((entry) => itemOf(chart, entry));
  if (entries.length > MOST_TOLD) items.push(element("li", { class: "muted" }, t("chart.more", { n: entries.length - MOST_TOLD })));
  legend.replaceChildren(...items);
}

/** @param {Drawn} drawn @param {number | null} at where the cursor is @returns {Entry} */
function entryOf(drawn, at) {
  const { x, y } = drawn;
  const index = at === null ? lastIndex(y) : nearestIndex(x, y, at);
  const apart = (x[x.length - 1] - x[0]) / Math.max(1, x.length - 1);
  const isFar = at !== null && Math.abs(at - x[index]) > FAR * apart;
  return { drawn, index, value: y[index] ?? null, odd: at === null ? oddEnd(drawn) : null, isFar };
}

/** @param {Chart} chart @param {Entry} entry */
function itemOf(chart, { drawn: { line, data, x }, index, value, odd, isFar }) {
  const { settings } = chart;
  // A smoothed mean has no spread of its own.
  const number = data.band && !settings.smooth ? spreadText(data.band, settings.band, index) : shortNumber(value ?? NaN);
  const text = odd ?? (isFar ? `${chart.place(x[index])}: ${number}` : number);
  return element("li", { class: isFar ? "muted" : undefined }, swatch(line.look), element("span", { class: "name", title: line.label }, line.label), element("span", { class: "value" }, text));
}

/**
 * @param {Chart} chart
 * @param {Entry | undefined} entry
 * @param {number | null} at
 */
function drawReadout(chart, entry, at) {
  const { readout } = chart;
  if (!entry) {
    readout.textContent = "";
    return;
  }
  const { drawn, index, value, odd } = entry;
  if (odd) {
    readout.textContent = `${t("chart.last")}: ${odd}`;
    return;
  }
  const place = at === null ? t("chart.last") : chart.place(drawn.x[index]);
  readout.textContent = `${place}: ${shortNumber(value ?? NaN)}`;
  readout.title = String(drawn.data.value[index]);
}

/** @param {Chart} chart @returns {string} what the cursor reads, for those who do not see it */
export function spoken({ title, readout, legend }) {
  const lines = [...(legend?.children ?? [])].map((item) => [...item.querySelectorAll("span")].map(({ textContent }) => textContent).join(" "));
  return [`${title}, ${readout.textContent}`, ...lines].join("; ");
}

/**
 * @param {number[]} x
 * @param {(number | null)[]} values
 * @param {number} at
 */
function nearestIndex(x, values, at) {
  let high = x.findIndex((position) => position >= at);
  if (high < 0) high = x.length - 1;
  let low = Math.max(0, high - 1);
  while (low > 0 && values[low] === null) low -= 1;
  while (high < x.length - 1 && values[high] === null) high += 1;
  if (values[high] === null) return low;
  if (values[low] === null) return high;
  return at - x[low] < x[high] - at ? low : high;
}
