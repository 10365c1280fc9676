// The tags of a run: names with commas between them in one cell, shown as chips.
import { element } from "./dom.js";
import { whole } from "./format.js";

/** @typedef {import("../frontend/types").Row} Row */

/** The column they stand in. */
export const TAGS = "tags";

/** @param {unknown} cell @returns {string[]} its tags, each once */
export function tagsIn(cell) {
  return [...new Set(whole(cell).split(/[,\uff0c]/).map((name) => name.trim()).filter(Boolean))];
}

/** @param {unknown} cell @param {string} tag @param {boolean} on @returns {string} the cell with the tag, or without it */
export function withTag(cell, tag, on) {
  const others = tagsIn(cell).filter((name) => name !== tag);
  return [...others, ...(on ? [tag] : [])].join(", ");
}

/** @param {string} key @param {unknown} value @returns {unknown[]} what of a cell is counted, listed and looked for by itself */
export function partsOf(key, value) {
  if (key !== TAGS) return [value];
  const tags = tagsIn(value);
  return tags.length ? tags : [null];
}

/** @param {Iterable<Row>} rows @returns {Map<string, number>} how many rows have each tag, in order of the names */
export function countTags(rows) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const row of rows) for (const tag of tagsIn(row[TAGS])) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a.localeCompare(b)));
}

/** @param {{value: unknown}} cell */
export function tagCell({ value }) {
  return element("span", { class: "tags" }, ...tagsIn(value).map((tag) => element("span", { class: "tag" }, tag)));
}
