// The horizontal axis of a chart: its ticks, and how places on it are written.
import { count, shortNumber, span } from "./format.js";

/** @typedef {import("./curves.js").AxisKind} AxisKind */
/** @typedef {{kind: AxisKind, log: boolean}} AxisLook `step` where a chart falls back to it */

/** Steps between the labels of an axis of time, in seconds. */
const SPANS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000];
const DAY = 86_400;

/** @param {AxisLook} look @returns {import("uplot").Axis} what is particular to this kind */
export function axisOf({ kind, log }) {
  const label = (/** @type {number | null} */ tick) => (tick === null ? "" : placeLabel(tick, kind));
  /** @type {import("uplot").Axis} */
  const axis = { size: 26, space: 64, values: (_plot, ticks) => ticks.map(label) };
  if (kind === "time") axis.incrs = SPANS;
  if (kind === "wall") return { ...axis, size: 40, space: 80, values: (_plot, ticks, _axis, _space, step) => clockLabels(ticks, step) };
  if (!log) return axis;
  return { ...axis, splits: (_plot, _axis, min, max) => logTicks(min, max), filter: (_plot, ticks) => labelled(ticks) };
}

/** @param {number} value @param {AxisKind} kind */
function placeLabel(value, kind) {
  if (kind === "time") return span(value);
  return Math.abs(value) >= 10_000 ? `${shortNumber(value / 1000)}k` : shortNumber(value);
}

/**
 * A place on the axis, in full.
 * @param {number} value
 * @param {AxisKind} kind
 */
export function place(value, kind) {
  if (kind === "step") return count(Math.round(value));
  return kind === "wall" ? `${dayOf(value)} ${clock(value, true)}` : placeLabel(value, kind);
}

/** The time of the day under each tick; the day itself where it is another. @param {number[]} ticks @param {number} step */
function clockLabels(ticks, step) {
  return ticks.map((tick, index) => {
    const day = dayOf(tick);
    if (step >= DAY) return day;
    return index && dayOf(ticks[index - 1]) === day ? clock(tick, step < 60) : `${clock(tick, step < 60)}\n${day}`;
  });
}

/** @param {number} seconds */
function dayOf(seconds) {
  const date = new Date(seconds * 1000);
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
}

/** @param {number} seconds @param {boolean} exact */
function clock(seconds, exact) {
  const date = new Date(seconds * 1000);
  const parts = [date.getHours(), date.getMinutes(), ...(exact ? [date.getSeconds()] : [])];
  return parts.map(two).join(":");
}

/** @param {number} part */
function two(part) {
  return String(part).padStart(2, "0");
}

/** @param {number} min @param {number} max */
function logTicks(min, max) {
  /** @type {number[]} */
  const ticks = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power += 1) {
    for (let digit = 1; digit < 10; digit += 1) ticks.push(Number(`${digit}e${power}`));
  }
  const within = ticks.filter((tick) => tick >= min && tick <= max);
  return within.length > 2 ? within : evenTicks(min, max);
}

/** Ticks for a stretch so short that it holds hardly a round number. @param {number} min @param {number} max */
function evenTicks(min, max) {
  const rough = (max - min) / 4;
  const size = Number(`1e${Math.floor(Math.log10(rough))}`);
  const step = size * (rough / size >= 5 ? 5 : rough / size >= 2 ? 2 : 1);
  const first = Math.ceil(min / step);
  return Array.from({ length: Math.floor(max / step) - first + 1 }, (_none, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Leaves the labels that have room: of many powers of ten those alone. @param {number[]} ticks */
function labelled(ticks) {
  const decades = Math.log10(ticks[ticks.length - 1] / ticks[0]);
  const digits = decades > 2 ? "1" : decades > 0.8 ? "125" : "";
  return ticks.map((tick) => (!digits || digits.includes(tick.toExponential()[0]) ? tick : null));
}
