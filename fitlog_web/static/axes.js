// The horizontal axis of a chart: its ticks, and how places on it are written.
import { count, shortNumber, span } from "./format.js";

/** @typedef {import("./curves.js").AxisKind} AxisKind */
/** @typedef {{kind: AxisKind, log: boolean}} AxisLook `step` where a chart falls back to it */

/** Steps between the labels of an axis of time, in seconds. */
const SPANS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000];
const DAY = 86_400;

/** @param {AxisLook} look @returns {import("uplot").Axis} what is particular to this kind */
export function axisOf({ kind, log }) {
  /** @type {import("uplot").Axis} */
  const axis = { size: 26, space: 64, values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => tickLabel(tick, kind, step)) };
  if (kind === "time") Object.assign(axis, { incrs: SPANS, space: roomOf });
  if (kind === "wall") return { ...axis, size: 40, space: 80, values: (_plot, ticks, _axis, _space, step) => clockLabels(ticks, step) };
  if (!log) return axis;
  return { ...axis, splits: (_plot, _axis, min, max) => logTicks(min, max), filter: (_plot, ticks) => labelled(ticks) };
}

/** @param {number | null} tick @param {AxisKind} kind @param {number} step from one tick to the next */
function tickLabel(tick, kind, step) {
  // Beside the only point of a run the axis has room for times before its start, which are none.
  if (tick === null || (kind === "time" && tick < 0)) return "";
  return kind === "time" ? span(tick, decimals(step), unitsOf(step)) : number(tick);
}

/** @param {import("uplot")} _plot @param {number} _axis @param {number} min @param {number} max @returns {number} pixels from one length of time to the next */
function roomOf(_plot, _axis, min, max) {
  return max >= 3600 && max - min < 600 ? 110 : 64;
}

/** Seconds of a day are told where ticks are that close. @param {number} step */
function unitsOf(step) {
  return step < 60 ? 4 : 2;
}

/** @param {number} value */
function number(value) {
  return Math.abs(value) >= 10_000 ? `${shortNumber(value / 1000)}k` : shortNumber(value);
}

/** How many decimals tell times apart that lie this far from each other. @param {number} seconds */
function decimals(seconds) {
  return seconds < 1 ? Math.min(3, Math.ceil(-Math.log10(seconds) - 1e-9)) : 0;
}

/**
 * A place on the axis, in full.
 * @param {number} value
 * @param {AxisKind} kind
 * @param {number} stretch what of the axis is in view
 */
export function place(value, kind, stretch) {
  if (kind === "step") return count(Math.round(value));
  if (kind === "epoch") return number(value);
  const digits = decimals(stretch / 100);
  return kind === "wall" ? `${dayOf(value)} ${clock(value, true, digits)}` : span(value, digits, unitsOf(stretch / 100));
}

/** The time of the day under each tick; the day itself where it is another. @param {number[]} ticks @param {number} step */
function clockLabels(ticks, step) {
  return ticks.map((tick, index) => {
    const day = dayOf(tick);
    if (step >= DAY) return day;
    const time = clock(tick, step < 60, decimals(step));
    return index && dayOf(ticks[index - 1]) === day ? time : `${time}\n${day}`;
  });
}

/** @param {number} seconds */
function dayOf(seconds) {
  const date = new Date(seconds * 1000);
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
}

/** @param {number} seconds @param {boolean} exact @param {number} digits decimals of the seconds */
function clock(seconds, exact, digits) {
  // Rounded first, so that no 59.9996 becomes 60.
  const date = new Date(Math.round(seconds * 1000));
  const parts = [date.getHours(), date.getMinutes(), ...(exact ? [date.getSeconds()] : [])].map(two).join(":");
  return exact && digits ? `${parts}.${String(date.getMilliseconds()).padStart(3, "0").slice(0, digits)}` : parts;
}

/** @param {number} part */
function two(part) {
  return String(part).padStart(2, "0");
}

/**
 * The stretch of a logarithmic axis for values between these: to the next round number on either side.
 * @param {number} min above 0
 * @param {number} max
 * @returns {[number, number]}
 */
export function logRange(min, max) {
  const to = (/** @type {number} */ value, /** @type {(value: number) => number} */ round) => {
    const power = Number(`1e${Math.floor(Math.log10(value))}`);
    return round(value / power) * power;
  };
  const [low, high] = [to(min, Math.floor), to(max, Math.ceil)];
  return low < high ? [low, high] : [low / 2, high * 2];
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
