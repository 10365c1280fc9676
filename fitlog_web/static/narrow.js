// The table in a window as narrow as a phone's: id, state, one metric and the memo are in sight at once.
import { readList } from "./api.js";
import { whole } from "./format.js";

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("../frontend/types").Row} Row */

/** The styles speak of the same width. */
const query = matchMedia("(max-width: 640px)");

/** Widths in pixels: beside the boxes they leave room for the metric and the beginning of the memo. */
export const NARROW = { box: 34, id: 116, state: 62, metric: 76 };

/** @returns {boolean} */
export function isNarrow() {
  return query.matches;
}

/** @param {() => void} action after the window became narrow or wide, as when a phone is turned */
export function onNarrow(action) {
  query.addEventListener("change", action);
}

/**
 * The columns that come right after the state in a narrow window.
 * @param {Column[]} columns
 * @param {Row[]} rows
 * @returns {Column[]} none where there is room for all
 */
export function narrowFirst(columns, rows) {
  if (!isNarrow()) return [];
  return [metricOf(columns, rows), columns.find(({ key }) => key === "memo")].filter((column) => column !== undefined);
}

/**
 * The metric to look at: what the runs are sorted by, else the first that differs among them.
 * @param {Column[]} columns
 * @param {Row[]} rows
 */
function metricOf(columns, rows) {
  const metrics = columns.filter(({ key, hidden }) => key.startsWith("metric-") && !hidden);
  const sorted = readList("sort").map((name) => name.replace(/^-/, ""));
  const differs = (/** @type {string} */ key) => rows.some((row) => whole(row[key]) !== whole(rows[0][key]));
  return metrics.find(({ key }) => sorted.includes(key)) ?? metrics.find(({ key }) => differs(key)) ?? metrics[0];
}

/**
 * What is particular to a column beside the state: without its headings above it tells its whole name.
 * @param {Column} column
 */
export function narrowLook({ key, path }) {
  if (key === "memo") return { width: 180 };
  const [, ...names] = path;
  const headerName = names.length > 2 ? `${names[0]}-…-${names.at(-1)}` : names.join("-");
  return { headerName, wrapHeaderText: true, width: NARROW.metric };
}

/**
 * Shades the right edge as long as there are columns behind it, which a swipe brings.
 * @param {HTMLElement} grid
 */
export function shadeEdge(grid) {
  let asked = 0;
  const draw = () => {
    asked = 0;
    const view = grid.querySelector(".ag-grid-viewport");
    grid.classList.toggle("goes-on", !!view && view.scrollLeft + view.clientWidth < view.scrollWidth - 2);
  };
  const soon = () => (asked ||= requestAnimationFrame(draw));
  let left = 0;
  // Read as the scrolling begins, when nothing was changed yet: a look at it later would lay the page out once more.
  const scrolled = (/** @type {Event} */ { target }) => {
    if (!(target instanceof Element) || target.scrollLeft === left) return;
    left = target.scrollLeft;
    soon();
  };
  grid.addEventListener("scroll", scrolled, { capture: true, passive: true });
  const inside = grid.querySelector(".ag-grid-scrollable-area");
  for (const watched of [grid, inside]) if (watched) new ResizeObserver(soon).observe(watched);
}
