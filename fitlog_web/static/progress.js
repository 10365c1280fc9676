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
 * What the table's cell has no room for: the time left, and what is meant by all steps.
 * @param {Row | undefined} row
 * @returns {string}
 */
export function progressTitle(row) {
  return row && isDoneFromZero(row) ? t("progress.zero", { step: count(row.progress?.step ?? 0) }) : timeLeft(row);
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
