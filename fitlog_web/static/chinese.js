// The server's sentences in Chinese, by their kinds.
import { count } from "./i18n.js";
import { inChinese } from "./search_faults.js";

/** @typedef {import("./sentences.js").Parts} Parts */
/** @typedef {import("./sentences.js").Inner} Inner */

/** The texts that the server's own pages are written with, too. @type {Record<string, string>} */
const TEXTS = await (await fetch(new URL("./sentences.zh.json", import.meta.url))).json();

/**
 * @param {string} text the sentence in English, which stays where there is no other
 * @param {Partial<Parts>} parts what it is made of
 * @returns {string}
 */
export function chinese(text, { kind = "", values = {} }) {
  const found = TEXTS[kind];
  if (found === undefined) return text;
  // What is wrong with a search is known by the English words themselves.
  const word = (/** @type {string | number | Inner} */ value) => (kind === "search" ? inChinese(String(value)) : wordOf(value));
  return found.replace(/\{(\w+)\}/g, (place, name) => (name in values ? word(values[name]) : place));
}

/** @param {string | number | Inner} value @returns {string} */
function wordOf(value) {
  if (typeof value === "number") return count(value);
  return typeof value === "string" ? value : chinese(value.text, value);
}
