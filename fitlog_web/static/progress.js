// How far a run is, and how long it will take at the pace it had so far.
import { count, span } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("../frontend/types").Row} Row */

/** @typedef {Pick<Row, "state" | "progress">} Standing what of a row tells how far its run is */

/**
 * The step, and the number of steps where the run told it.
 * @param {Standing | undefined} row
 * @returns {string}
 */
export function progressText(row) {
  const { step, total } = row?.progress ?? {};
  if (!row || step == null) return "";
  return total ? `${count(isDoneFromZero(row) ? total : step)} / ${count(total)}` : count(step);
}

/**
 * Whether a run is over, and its last step is the last there can be where the first is 0: it has done them all.
 * @param {Standing} row
 * @returns {boolean}
 */
export function isDoneFromZero({ state, progress }) {
  const { step, total } = progress ?? {};
  return (state === "finished" || state === "ended") && !!total && step === total - 1;
}

/**
 * What the table's cell may have no room for: the steps, the time left, and what is meant by all of them.
 * @param {Row | undefined} row
 * @returns {string} nothing where no number of steps is known
 */
export function progressTitle(row) {
  const { step, total } = row?.progress ?? {};
  if (!row || step == null || !total) return "";
  const more = isDoneFromZero(row) ? t("progress.zero", { step: count(step) }) : timeLeft(row);
  return [stepsText(row), more].filter(Boolean).join(" · ");
}

/** @param {Row} row that has told its number of steps @returns {string} */
export function stepsText(row) {
  const { step, total } = row.progress ?? {};
  return t("fact.steps", { step: count((isDoneFromZero(row) ? total : step) ?? 0), total: count(total ?? 0) });
}

/**
 * How long a running run will still take, in words; nothing where that is not known.
 * @param {Row | undefined} row
 * @returns {string}
 */
export function timeLeft(row) {
  const seconds = row ? secondsLeft(row) : null;
  return seconds === null ? "" : t("progress.left", { span: span(rounded(seconds)) });
}

/**
 * The step of how many, and of a running run how long it will still take.
 * @param {Row | undefined} row
 * @returns {string}
 */
export function progressInTable(row) {
  const seconds = row ? secondsLeft(row) : null;
  // Seconds are a pretence where they change at each look, and cost room.
  const left = seconds === null ? "" : t("progress.short", { span: span(seconds < 60 ? rounded(seconds) : 60 * Math.round(seconds / 60)) });
  return [progressText(row), left].filter(Boolean).join(" · ");
}

const AROUND = 26; // the cell's padding, its border and a little air
const LEAST = 104; // the heading with what sorts it
const MOST = 248;
const TIMES = [3540, 35_940, 86_340, 860_400]; // 59 min, 9 h 59 min, 23 h 59 min, 9 d 23 h

/**
 * How wide the column must be for what rows tell of how far they are.
 * @param {Iterable<Row>} rows
 * @returns {number} 0 where they tell nothing
 */
export function progressWidth(rows) {
  /** @type {[number, string]} */
  let longest = [-1, ""];
  for (const row of rows) {
    const length = row.progress ? lengthOf(row) : -1;
    if (length > longest[0]) longest = [length, longestOf(row)];
  }
  return longest[0] < 0 ? 0 : Math.min(MOST, Math.max(LEAST, AROUND + Math.ceil(measured(longest[1]))));
}

/** @param {Row} row @returns {number} how long its text may become while it goes on, about */
function lengthOf(row) {
  const { step, total } = row.progress ?? {};
  const most = Math.max(step ?? 0, total ?? 0);
  return String(most).length * (total ? 2 : 1) + (secondsLeft(row) === null ? 0 : longestLeft(row).length + 3);
}

/** @param {Row} row @returns {string} the longest text that it may come to show */
function longestOf(row) {
  const { step, total } = row.progress ?? {};
  const most = count(Math.max(step ?? 0, total ?? 0));
  return [total ? `${most} / ${count(total)}` : most, longestLeft(row)].filter(Boolean).join(" · ");
}

/** @param {Row} row @returns {string} the longest of the times that come after the one that is left */
function longestLeft(row) {
  const left = secondsLeft(row);
  return left === null ? "" : t("progress.short", { span: span(TIMES.find((time) => left < time + 60) ?? 99 * 86400 + 23 * 3600) });
}

/** @type {CanvasRenderingContext2D | null | undefined} */
let pen;

/** @param {string} text in the letters of the table @returns {number} */
function measured(text) {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return 8 * text.length;
  pen.font = `13px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

/**
 * What the mean pace from the run's start to its latest record makes of the steps that are left.
 * A run that went on after a stop has no such pace: the pause would count as work.
 * @param {Row} row
 * @returns {number | null}
 */
function secondsLeft({ state, progress, written, "meta-start": start, "meta-segment_start": resumed }) {
  const { step, total } = progress ?? {};
  if (state !== "running" || !step || !total || !written || typeof start !== "number" || resumed) return null;
  return step > 0 && step < total && written > start ? ((written - start) / step) * (total - step) : null;
}

/** @param {number} seconds in whole minutes, or hours, where more would be a pretence */
function rounded(seconds) {
  const unit = [3600, 60, 1].find((size) => seconds >= 24 * size) ?? 1;
  return Math.round(seconds / unit) * unit;
}
