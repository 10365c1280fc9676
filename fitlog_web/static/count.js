// How many runs there are and are in view, and what is said where none is.
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { drawEmpty, drawHidden, drawNotFound, drawSomething } from "./nothing.js";

/** @typedef {import("./found_runs.js").FoundRuns} FoundRuns */

/**
 * @typedef {object} Face
 * @property {string} query the search
 * @property {string[]} unknown names in the search that no run has a column for
 * @property {() => {text: string, rest: string, ids: Set<string>}[]} clauses the conditions of the search, with what the others find
 * @property {(text: string) => void} search
 * @property {(key: string) => void} clearCondition
 * @property {(name: "filter" | "hidden" | "diverged") => void} turn
 * @property {string} folder the log directory
 */

/** @param {number} found @param {number} total */
export function drawCount(found, total) {
  const text = found === total ? t("count.all", { n: total }) : t("count.some", { n: found, total });
  byId("count").textContent = total ? text : "";
}

/**
 * Says why no run is to be seen, if none is.
 * @param {{total: number, inView: number, waiting: number}} counts
 * @param {FoundRuns} found
 * @param {Face} face
 */
export function drawNone({ total, inView, waiting }, found, face) {
  if (total && inView) return drawSomething();
  if (!total && !waiting) return drawEmpty(face.folder);
  const narrowing = narrowingOf(found, face);
  if (narrowing.length) return drawNotFound(narrowing, face.unknown);
  const filtered = found.show.filter && found.passing !== null;
  drawHidden(filtered, () => face.turn(filtered ? "filter" : "hidden"));
}

/** @param {FoundRuns} found @param {Face} face @returns {import("./nothing.js").Narrowing[]} the search and the columns' conditions */
function narrowingOf(found, { query, clauses, search, clearCondition, turn }) {
  const { filters } = found;
  const rows = found.atHand();
  const columns = filters.keys().map((key) => ({
    text: filters.words(key),
    without: rows.filter((row) => found.isMatched(row) && found.isWanted(row) && filters.passes(row, key)).length,
    remove: () => clearCondition(key),
  }));
  if (found.show.diverged) {
    const others = rows.filter((row) => (!found.matches || found.matches.has(row.id)) && filters.passes(row));
    columns.unshift({ text: t("narrowing.diverged"), without: others.length, remove: () => turn("diverged") });
  }
  if (!found.matches) return columns;
  const others = rows.filter((row) => filters.passes(row) && found.isWanted(row));
  const parts = clauses().map(({ text, rest, ids }) => ({ text, without: others.filter(({ id }) => ids.has(id)).length, remove: () => search(rest) }));
  return [{ text: query, without: others.length, remove: () => search("") }, ...parts.filter(({ without }) => without), ...columns];
}
