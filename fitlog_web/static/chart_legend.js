// What the cursor of a chart reads: a value in its head, or a line for each run.
import { spreadText } from "./band.js";
import { lastIndex, MOST_TOLD, oddEnd } from "./chart_words.js";
import { swatch } from "./colours.js";
import { element } from "./dom.js";
import { shortNumber } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {import("./chart.js").Drawn} Drawn */
/** @typedef {{drawn: Drawn, index: number, value: number}} Entry */

/**
 * Writes the values under the cursor, nearest first; without a cursor the last ones.
 * @param {Chart} chart
 */
export function drawLegend(chart) {
  const { plot, legend, readout } = chart;
  if (!plot) return;
  const left = plot.cursor.left ?? -1;
  const at = left >= 0 ? plot.posToVal(left, "x") : null;
  const entries = chart.drawn.flatMap((drawn) => {
    const index = at === null ? lastIndex(drawn.y) : nearestIndex(drawn.x, drawn.y, at);
    const value = drawn.y[index];
    return typeof value === "number" ? [{ drawn, index, value }] : [];
  });
  if (!legend) return drawReadout(chart, entries[0], at);
  readout.textContent = at === null ? t("chart.last") : chart.place(at);
  const top = plot.cursor.top ?? -1;
  if (at !== null && top >= 0) {
    const away = (/** @type {{value: number}} */ { value }) => Math.abs(plot.valToPos(value, "y") - top);
    entries.sort((a, b) => away(a) - away(b));
  }
  const items = entries.slice(0, MOST_TOLD).map((entry) => itemOf(chart, entry));
  if (entries.length > MOST_TOLD) items.push(element("li", { class: "muted" }, t("chart.more", { n: entries.length - MOST_TOLD })));
  legend.replaceChildren(...items);
}

/** @param {Chart} chart @param {Entry} entry */
function itemOf({ settings }, { drawn: { line, data }, index, value }) {
  // A smoothed mean has no spread of its own.
  const text = data.band && !settings.smooth ? spreadText(data.band, settings.band, index) : shortNumber(value);
  return element("li", {}, swatch(line.look), element("span", { class: "name", title: line.label }, line.label), element("span", { class: "value" }, text));
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
  const { drawn, index, value } = entry;
  const odd = at === null ? oddEnd(drawn) : null;
  if (odd) {
    readout.textContent = `${t("chart.last")}: ${odd}`;
    return;
  }
  const place = at === null ? t("chart.last") : chart.place(drawn.x[index]);
  readout.textContent = `${place}: ${shortNumber(value)}`;
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
