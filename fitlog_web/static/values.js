// The value of a cell: what counts as missing, which number it stands for, and the order of values.
import { isOdd, whole } from "./format.js";

/** @typedef {import("../frontend/types").Row} Row */

/** What fitlog 0.9 showed in an empty editable cell and sometimes stored; never a value. */
export const PLACEHOLDER = "Click to edit";
/** What only a reader of logs needs: left out of the table until it is asked for. */
const INTERNAL = new Set(["meta-format", "meta-boot", "meta-pid", "meta-pid_start", "meta-start", "meta-end", "meta-notice", "meta-argv", "meta-segment", "meta-segment_start", "meta-group", "meta-rank", "meta-world_size"]);

/** @type {Intl.Collator | undefined} made when two texts first meet: that takes a while */
let words;

/** @param {string} a @param {string} b */
function compareTexts(a, b) {
  words ??= new Intl.Collator(undefined, { numeric: true });
  return words.compare(a, b);
}

/**
 * @param {Row} row
 * @param {string} key
 * @returns {any} the value, nothing where it is missing or the old placeholder
 */
export function valueOf(row, key) {
  const value = key === "progress" ? row.progress?.step : row[key];
  return value === undefined || value === PLACEHOLDER ? null : value;
}

/**
 * The number a value stands for; old tables kept numbers typed by hand as text.
 * @param {unknown} value
 * @returns {number | null}
 */
export function numberIn(value) {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "" || isOdd(value)) return null;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : null;
}

/** @param {unknown} value @param {number | null} number */
function rank(value, number) {
  if (number !== null) return 0;
  if (value === null || value === undefined || value === "") return 3;
  return isOdd(value) ? 2 : 1;
}

/**
 * Orders two values: numbers, then text; NaN, infinities and missing ones last in either direction.
 * @param {unknown} a
 * @param {unknown} b
 * @param {unknown} _nodeA
 * @param {unknown} _nodeB
 * @param {boolean} descending
 */
export function compareValues(a, b, _nodeA, _nodeB, descending) {
  const [first, second] = [numberIn(a), numberIn(b)];
  const [rankA, rankB] = [rank(a, first), rank(b, second)];
  if (rankA !== rankB) {
    const order = rankA - rankB;
    return descending ? -order : order;
  }
  if (first !== null && second !== null) return first - second;
  return rankA === 3 ? 0 : compareTexts(whole(a), whole(b));
}

/** @typedef {{(a: unknown, b: unknown, descending: boolean): number, learn: (values: unknown[]) => void}} Order `learn` takes up texts */

/**
 * Orders the values of one column as `compareValues` does, but texts by places that are kept: to
 * compare two of them takes a hundred times as long.
 * @returns {Order}
 */
export function orderOf() {
  /** @type {Map<unknown, number>} */
  let places = new Map();
  const order = (/** @type {unknown} */ a, /** @type {unknown} */ b, /** @type {boolean} */ descending) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    const [first, second] = [places.get(a), places.get(b)];
    if (first !== undefined && second !== undefined) return first - second;
    return compareValues(a, b, null, null, descending);
  };
  order.learn = (/** @type {unknown[]} */ values) => {
    if (values.some((value) => !places.has(value) && isText(value))) places = placesOf([...places.keys(), ...values]);
  };
  return order;
}

/** @param {unknown} value @returns {boolean} whether it stands for no number and is not missing */
function isText(value) {
  return typeof value === "string" && rank(value, numberIn(value)) === 1;
}

/** @param {unknown[]} values @returns {Map<unknown, number>} the places of the texts among them; those that are alike share one */
function placesOf(values) {
  const texts = /** @type {string[]} */ ([...new Set(values)].filter(isText)).sort(compareTexts);
  let place = 0;
  return new Map(texts.map((text, at) => [text, at && compareTexts(texts[at - 1], text) ? (place = at) : place]));
}

/** @param {string} key @returns {boolean} whether only a reader of logs needs the column */
export function isInternal(key) {
  return INTERNAL.has(key);
}
