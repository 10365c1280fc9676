// How values look. What is shortened here is shortened on the screen only.
import { language, t } from "./i18n.js";

export { count } from "./i18n.js";

const ODD = new Set(["NaN", "Infinity", "-Infinity"]);

/**
 * Tells whether a value is NaN or an infinity, as the server spells them.
 * @param {unknown} value
 */
export function isOdd(value) {
  return typeof value === "string" && ODD.has(value);
}

/**
 * A number as the table shows it: at most five significant digits.
 * @param {number} value
 * @returns {string}
 */
export function shortNumber(value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e12) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) {
    return value.toExponential(3).replace(/\.?0+e/, "e");
  }
  return String(Number(value.toPrecision(5)));
}

/**
 * Any value as one line of text.
 * @param {unknown} value
 * @returns {string}
 */
export function shown(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return shortNumber(value);
  return whole(value);
}

/**
 * Any value as text, in full.
 * @param {unknown} value
 * @returns {string}
 */
export function whole(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * Text that no spreadsheet takes for a formula, as in the files that the server exports.
 * @param {string} text
 * @returns {string}
 */
export function harmless(text) {
  const isNumber = /^[+-]?(inf|infinity|nan)$/i.test(text.trim()) || !Number.isNaN(Number(text));
  return /^[\s\p{C}]*[=+\-@＝＋－＠]./su.test(text) && !isNumber ? `'${text}` : text;
}

/**
 * A length of time in its largest units.
 * @param {number} seconds
 * @param {number} [digits] decimals of the seconds, where they are to be told apart
 * @param {number} [most] how many units
 * @returns {string}
 */
export function span(seconds, digits = 0, most = 2) {
  const units = language === "zh" ? ["天", "小时", "分", "秒"] : ["d", "h", "min", "s"];
  const sizes = [86400, 3600, 60, 1];
  let rest = Math.max(0, Number(seconds.toFixed(digits)));
  const parts = [];
  for (const [index, size] of sizes.entries()) {
    const amount = size > 1 ? Math.floor(rest / size) : Number(rest.toFixed(digits));
    rest -= amount * size;
    if (amount) parts.push(`${amount} ${units[index]}`);
  }
  return parts.slice(0, most).join(" ") || `0 ${units[3]}`;
}

/**
 * A moment in the reader's own time zone.
 * @param {number} seconds since the epoch
 */
export function moment(seconds) {
  const date = new Date(seconds * 1000);
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * A file's size.
 * @param {number} bytes
 */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let power = 0;
  for (let left = bytes; left >= 1000 && power < 4; left /= 1000) power += 1;
  const amount = bytes / 1000 ** power;
  return `${power && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}

/**
 * The word for a run's state.
 * @param {string} state
 */
export function stateWord(state) {
  // Kept, for a table asks for the word of each of its rows as they come into view.
  let word = words.get(state);
  if (word === undefined) words.set(state, (word = STATES.has(state) ? t(`state.${state}`) : state));
  return word;
}

const STATES = new Set(["running", "finished", "error", "ended", "stopped", "stale", "added"]);
/** @type {Map<string, string>} */
const words = new Map();

/**
 * What a state means, where the word does not say it.
 * @param {string} state
 */
export function stateTitle(state) {
  return ["ended", "stopped", "stale"].includes(state) ? t(`state.${state}.title`) : "";
}

/**
 * How long ago a run that is not over was written; on a network file system its files come late.
 * @param {import("../frontend/types").Row | undefined} row
 */
export function writtenText(row) {
  if (!row?.written) return "";
  return t("written", { span: span(Math.max(0, Date.now() / 1000 - row.written)) });
}
