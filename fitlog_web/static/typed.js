// What a value that somebody typed is: a number stays a number, true and false are no texts.

/** @typedef {"none" | "number" | "truth" | "odd" | "text"} Kind */
/** @typedef {{kind: Kind, value: string | number | boolean | null}} Typed */

// A leading zero, as in 007, says that it is a name.
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
/** @type {Map<string, string>} NaN and the infinities, as they are spelled on all ways */
const ODD = new Map([
  ["nan", "NaN"],
  ...["inf", "+inf", "infinity", "+infinity"].map((name) => /** @type {[string, string]} */ ([name, "Infinity"])),
  ...["-inf", "-infinity"].map((name) => /** @type {[string, string]} */ ([name, "-Infinity"])),
]);

/**
 * @param {string} text
 * @returns {Typed} `none` where nothing was typed
 */
export function typed(text) {
  const bare = text.trim();
  if (!bare) return { kind: "none", value: null };
  const word = bare.toLowerCase();
  if (word === "true" || word === "false") return { kind: "truth", value: word === "true" };
  const odd = ODD.get(word);
  if (odd) return { kind: "odd", value: odd };
  const number = numberOf(bare);
  return number === null ? { kind: "text", value: bare } : { kind: "number", value: number };
}

/**
 * @param {string} text
 * @returns {number | null} null where it is none, or one that would not be what was typed
 */
function numberOf(text) {
  if (!NUMBER.test(text)) return null;
  const number = Number(text);
  const vanished = number === 0 && /[1-9]/.test(text.split(/e/i)[0]);
  const rounded = /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(number);
  return Number.isFinite(number) && !vanished && !rounded ? number : null;
}
