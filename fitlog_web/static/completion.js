// What may follow in a search that is being typed: names of columns, and after a sign their values.
import { count, t } from "./i18n.js";
import { partsOf } from "./tags.js";
import { compareValues } from "./values.js";

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("../frontend/types").Row} Row */
/**
 * @typedef {object} Suggestion
 * @property {string} text what is shown
 * @property {string} note what is shown beside it
 * @property {string} insert what takes the place of the piece that was typed
 * @property {number} from where that piece begins
 */

const MOST = 8;
const SIGN = /^(-?)([^:=<>!]+)(:|[<>!=]=?)(.*)$/s;
/** What a name or a value cannot hold outside of quotes. */
const SYNTAX = /[\s()|<>=:,"']/;

/**
 * @param {string} text what stands in the box
 * @param {number} at where the caret is
 * @param {Column[]} columns
 * @param {Iterable<Row>} rows
 * @returns {Suggestion[]} the best first; none where nothing is known
 */
export function suggest(text, at, columns, rows) {
  if (text.trimStart().startsWith("$")) return [];
  const word = /[^\s()|]*$/.exec(text.slice(0, at))?.[0] ?? "";
  const call = /^(-?)nan\(([^)]*)$/.exec(openCall(text.slice(0, at)));
  if (call) return seriesLike(call[2], at - call[2].length, columns, rows);
  const [, , name, sign, typed] = SIGN.exec(word) ?? [];
  const names = spelled(columns);
  if (sign === undefined) {
    const minus = word.startsWith("-") ? 1 : 0;
    const calls = word.length > minus + 1 && "nan(".startsWith(word.slice(minus)) ? [{ text: "nan(…)", note: t("search.nan"), insert: "nan(", from: at - word.length + minus }] : [];
    return word.length > minus ? calls.concat(namesLike(word.slice(minus), at - word.length + minus, names)).slice(0, MOST) : [];
  }
  const key = keyOf(name, names);
  if (!key) return [];
  const piece = /[^,]*$/.exec(typed)?.[0] ?? "";
  return valuesLike(piece, at - piece.length, key, rows);
}

/** @param {string} text @returns {string} the piece at its end, where that is a call without its closing parenthesis */
function openCall(text) {
  return /\S*$/.exec(text)?.[0] ?? "";
}

/**
 * The series that a run may be asked about: those at NaN now, losses, and the metrics there are.
 * @param {string} typed @param {number} from @param {Column[]} columns @param {Iterable<Row>} rows
 * @returns {Suggestion[]}
 */
function seriesLike(typed, from, columns, rows) {
  /** @type {Map<string, number>} */
  const diverged = new Map();
  for (const row of rows) for (const key of Object.keys(row.diverged ?? {})) diverged.set(key, (diverged.get(key) ?? 0) + 1);
  const metrics = columns.map(({ key }) => key).filter((key) => key.startsWith("metric-"));
  const piece = alike(typed).toLowerCase();
  return [...new Set([...diverged.keys(), "loss", ...metrics])]
    .filter((key) => alike(key).toLowerCase().includes(piece) && !SYNTAX.test(key))
    .slice(0, MOST)
    .map((key) => ({ text: `nan(${key})`, note: diverged.has(key) ? count(diverged.get(key) ?? 0) : "", insert: `${key})`, from }));
}

/**
 * The shortest ending of each column's path that no other column has.
 * @param {Column[]} columns
 * @returns {Map<string, string>} the spelling of each column, by its key
 */
function spelled(columns) {
  const paths = [["state"], ["id"], ...columns.map(({ path }) => path)];
  const endings = new Map();
  for (const path of paths) {
    for (let start = 0; start < path.length; start += 1) {
      const ending = spell(path.slice(start));
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
    }
  }
  const found = new Map();
  for (const path of paths) {
    let start = path.length - 1;
    while (start > 0 && endings.get(spell(path.slice(start))) > 1) start -= 1;
    const name = spell(path.slice(start));
    if (!SYNTAX.test(name)) found.set(path.join("-"), name);
  }
  return found;
}

/** @param {string[]} path */
function spell(path) {
  return path.join("-").replaceAll(" ", "_");
}

/** @param {string} name */
function alike(name) {
  return name.replace(/[- ]/g, "_");
}

/** @param {string} name as typed @param {Map<string, string>} names */
function keyOf(name, names) {
  const meant = alike(name);
  for (const [key, spelling] of names) if (alike(key) === meant || alike(spelling) === meant) return key;
  const ending = [...names.keys()].filter((key) => alike(key).endsWith(`_${meant}`));
  return ending.length === 1 ? ending[0] : null;
}

/** @param {string} typed @param {number} from @param {Map<string, string>} names */
function namesLike(typed, from, names) {
  const piece = alike(typed).toLowerCase();
  const place = (/** @type {string} */ name) => alike(name).toLowerCase().indexOf(piece);
  return [...names]
    .map(([key, name]) => ({ key, name, rank: place(name) >= 0 ? place(name) : place(key) + 100 }))
    .filter(({ name, key }) => place(name) >= 0 || place(key) >= 0)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .map(({ key, name }) => ({ text: name, note: key === name ? "" : key, insert: `${name}:`, from }));
}

/** @param {string} typed @param {number} from @param {string} key @param {Iterable<Row>} rows */
function valuesLike(typed, from, key, rows) {
  const piece = typed.replace(/^"/, "").toLowerCase();
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const value of [...rows].flatMap((row) => partsOf(key, row[key]))) {
    if (value === undefined || value === null || value === "") continue;
    const text = String(value);
    if (text.toLowerCase().startsWith(piece)) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts]
    .filter(([text]) => text !== typed && !text.includes('"') && !text.includes("\n"))
    .sort((a, b) => b[1] - a[1] || compareValues(a[0], b[0], null, null, false))
    .slice(0, MOST)
    .map(([text, n]) => ({ text, note: count(n), insert: SYNTAX.test(text) ? `"${text}"` : text, from }));
}
