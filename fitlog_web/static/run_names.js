// What runs that stand side by side are called: by what differs among them, for an id tells the time alone.
import { shown, whole } from "./format.js";
import { PLACEHOLDER } from "./values.js";

/** @typedef {{id: string, row: Record<string, any>}} Run */

/** So many hyperparameters stand in a name at most, and so many letters of a value. */
const MOST = 3;
const LETTERS = 24;

/**
 * Names for runs in legends, tooltips and headings: `lr=0.1, seed=2 · log_20200611_150000`. The hyperparameters are the
 * fewest that tell the runs apart, up to three; where none differs the memo stands in their place.
 * @param {Run[]} runs
 * @returns {Map<string, string>} by id; of a single run the id alone
 */
export function runNames(runs) {
  const keys = runs.length > 1 ? tellingKeys(runs) : [];
  return new Map(runs.map(({ id, row }) => [id, [wordsOf(row, keys) || memoOf(row, runs), id].filter(Boolean).join(" · ")]));
}

/** @param {Record<string, any>} row @param {string[]} keys */
function wordsOf(row, keys) {
  return keys.map((key) => `${nameOf(key, keys)}=${cut(shown(row[key])) || "–"}`).join(", ");
}

/** @param {Record<string, any>} row @param {Run[]} runs */
function memoOf({ memo }, runs) {
  return runs.length < 2 || typeof memo !== "string" || memo === PLACEHOLDER ? "" : cut(memo.trim().split("\n")[0]);
}

/**
 * The last part of a column's path, where that is enough beside the others.
 * @param {string} key @param {string[]} keys
 */
function nameOf(key, keys) {
  const last = (/** @type {string} */ name) => name.slice(name.lastIndexOf("-") + 1);
  return keys.filter((other) => last(other) === last(key)).length === 1 ? last(key) : key.replace(/^hyper-/, "");
}

/** @param {string} text */
function cut(text) {
  return text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text;
}

/** @param {Run[]} runs @returns {string[]} the hyperparameters that part the runs best, in the order of the table */
function tellingKeys(runs) {
  const all = [...new Set(runs.flatMap(({ row }) => Object.keys(row)))].filter((key) => key.startsWith("hyper-"));
  const columns = new Map(all.map((key) => [key, runs.map(({ row }) => whole(row[key]))]));
  /** @type {string[]} */
  const chosen = [];
  let parts = runs.map(() => "");
  while (chosen.length < MOST) {
    const best = bestOf(columns, parts);
    if (!best) break;
    chosen.push(best.key);
    parts = best.parts;
  }
  return all.filter((key) => chosen.includes(key));
}

/**
 * @param {Map<string, string[]>} columns
 * @param {string[]} parts what tells the runs apart so far
 * @returns {{key: string, parts: string[]} | null} the column that tells most of them apart; a seed only where nothing else does as well
 */
function bestOf(columns, parts) {
  let best = null;
  let most = new Set(parts).size;
  for (const [key, values] of [...columns].sort(([a], [b]) => Number(/seed[^-]*$/i.test(a)) - Number(/seed[^-]*$/i.test(b)))) {
    const finer = parts.map((part, at) => `${part}\u0000${values[at]}`);
    const count = new Set(finer).size;
    if (count <= most) continue;
    most = count;
    best = { key, parts: finer };
  }
  return best;
}
