// How far a run is, and how long it will take at the pace it had so far.
import { count, span } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("../frontend/types").Row} Row */

/**
 * The step, and the number of steps where the run told it.
 * @param {Row | undefined} row
 * @returns {string}
 */
export function progressText(row) {
  const { step, total } = row?.progress ?? {};
  if (step == null) return "";
  return total ? `${count(step)} / ${count(total)}` : count(step);
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

/**
 * What rows tell of how far they are: 0 nothing, 1 steps, 2 the time left, too.
 * @param {Iterable<Row>} rows
 * @returns {0 | 1 | 2}
 */
export function progressOf(rows) {
  /** @type {0 | 1} */
  let told = 0;
  for (const row of rows) {
    if (!row.progress) continue;
    if (secondsLeft(row) !== null) return 2;
    told = 1;
  }
  return told;
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
