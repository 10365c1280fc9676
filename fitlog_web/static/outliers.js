// A few far points that would flatten a curve: the range of all others, and how many lie outside of it.

/** @typedef {{low: number, high: number, least: number, most: number, outside: number, of: number}} Inner `of`: how many values there are, `least` and `most`: what lies farthest outside */

/** Between these shares of the values lies what a reader looks at, with as much room again on either side. */
const SHARES = [0.05, 0.95];
/** Fewer values tell nothing of what is usual. */
const FEWEST = 8;
/** How many times as wide as the inner range the whole is where it flattens the curve. */
const FLAT = 10;
/** What a few points are: this share of all. A loss that falls from its beginning on has more of them. */
const FEW = 0.01;

/**
 * @param {(number | null)[][]} curves
 * @param {boolean} log whether the axis is logarithmic, where distances are ratios
 * @returns {Inner | null} null where nothing lies far outside
 */
export function innerRange(curves, log) {
  const on = log ? Math.log : (/** @type {number} */ value) => value;
  const off = log ? Math.exp : (/** @type {number} */ value) => value;
  const values = curves.flat().filter((value) => value !== null && Number.isFinite(value) && (!log || value > 0));
  if (values.length < FEWEST) return null;
  const sorted = Float64Array.from(/** @type {number[]} */ (values)).sort();
  const [first, last] = SHARES.map((share) => on(sorted[Math.round(share * (sorted.length - 1))]));
  const room = last - first || Math.abs(last) * 0.1 || 1;
  const [low, high] = [off(first - room), off(last + room)];
  const inside = sorted.filter((value) => value >= low && value <= high);
  if (inside.length === sorted.length || !inside.length) return null;
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  return { low: inside[0], high: inside[inside.length - 1], least, most, outside: sorted.length - inside.length, of: sorted.length };
}

/** @param {Inner} inner @param {boolean} log @returns {boolean} whether a few points leave the rest flat */
export function flattens({ low, high, least, most, outside, of }, log) {
  const width = (/** @type {number} */ from, /** @type {number} */ to) => (log ? Math.log(to / from) : to - from);
  return outside <= Math.max(1, FEW * of) && width(least, most) > FLAT * width(low, high);
}
