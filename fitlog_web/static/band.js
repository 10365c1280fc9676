// The band around a mean: its edges, and how it is written.
import { shortNumber } from "./format.js";

/** @typedef {import("../frontend/types").BandData} BandData */
/** @typedef {"std" | "range"} BandKind */
/** @typedef {(number | null)[]} Values */

/**
 * @param {BandData} band
 * @param {BandKind} kind
 * @param {boolean} log whether nothing at or below 0 can be drawn
 * @returns {{high: Values, low: Values}}
 */
export function edgesOf(band, kind, log) {
  const { high, low } = kind === "range" ? { high: band.max, low: band.min } : around(band);
  return log ? aboveZero(high, low, band.mean) : { high, low };
}

/** One value has no spread: there the band is as thin as the line. @param {BandData} band */
function around({ mean, std }) {
  const at = (/** @type {1 | -1} */ side) => mean.map((value, index) => (value === null ? null : value + side * (std[index] ?? 0)));
  return { high: at(1), low: at(-1) };
}

/** @param {Values} high @param {Values} low @param {Values} mean */
function aboveZero(high, low, mean) {
  let least = Infinity;
  for (const value of [...mean, ...low]) if (value !== null && value > 0 && value < least) least = value;
  const cut = low.map((value) => (value !== null && value <= 0 ? least : value));
  const seen = (/** @type {Values} */ values) => values.map((value, index) => ((high[index] ?? 0) > 0 && (mean[index] ?? 0) > 0 ? value : null));
  return { high: seen(high), low: seen(cut) };
}

/**
 * A mean with its spread, as the legend has it.
 * @param {BandData} band
 * @param {BandKind} kind
 * @param {number} index
 * @returns {string}
 */
export function spreadText({ mean, std, min, max }, kind, index) {
  const number = (/** @type {(number | null)[]} */ line) => shortNumber(line[index] ?? NaN);
  if (kind === "range") return `${number(mean)} (${number(min)} … ${number(max)})`;
  return std[index] === null ? number(mean) : `${number(mean)} ± ${number(std)}`;
}
