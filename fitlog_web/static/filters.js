// The conditions that readers put on single columns: which runs pass, and how an address spells them.
import { changeAddress, decoded, spell, spellList } from "./api.js";
import { shown, stateWord, whole } from "./format.js";
import { t } from "./i18n.js";
import { partsOf } from "./tags.js";
import { numberIn, valueOf } from "./values.js";

/** @typedef {import("../frontend/types").Row} Row */

/**
 * What a column's cell must be: one of these texts (empty for a missing value), a number between two
 * ends (both included, either may be open), or a text that holds another.
 * @typedef {{is: string[]} | {from: number | null, to: number | null} | {has: string}} Condition
 */

const PREFIX = "f.";

/** The conditions on columns, all of which a run has to meet. */
export class Filters {
  /** @param {Map<string, Condition>} conditions by the columns' keys */
  constructor(conditions = new Map()) {
    /** @type {Map<string, Condition>} */
    this.conditions = new Map();
    /** @type {Map<string, (value: any) => boolean>} */
    this.tests = new Map();
    for (const [key, condition] of conditions) this.put(key, condition);
  }

  /** @param {string} key @returns {Condition | null} */
  of(key) {
    return this.conditions.get(key) ?? null;
  }

  /** @returns {string[]} the columns with a condition */
  keys() {
    return [...this.conditions.keys()];
  }

  /** @param {string} key @param {Condition | null} condition null to take it away */
  put(key, condition) {
    this.conditions.delete(key);
    this.tests.delete(key);
    if (!condition) return;
    this.conditions.set(key, condition);
    const test = testOf(condition);
    this.tests.set(key, (value) => partsOf(key, value).some(test));
  }

  /**
   * @param {Row} row
   * @param {string} [except] a column whose condition is left aside
   */
  passes(row, except) {
    for (const [key, test] of this.tests) if (key !== except && !test(valueOf(row, key))) return false;
    return true;
  }

  /** @param {string} key @returns {string} the condition in words: `hyper-lr: 0.01 – 0.1` */
  words(key) {
    const condition = this.of(key);
    return condition ? `${key}: ${conditionWords(key, condition)}` : "";
  }
}

/**
 * @param {Condition} condition
 * @returns {(value: any) => boolean}
 */
function testOf(condition) {
  if ("is" in condition) {
    const texts = new Set(condition.is);
    return (value) => texts.has(whole(value));
  }
  if ("has" in condition) {
    const wanted = condition.has.toLowerCase();
    return (value) => whole(value).toLowerCase().includes(wanted);
  }
  const { from, to } = condition;
  return (value) => {
    const number = numberIn(value);
    return number !== null && (from === null || number >= from) && (to === null || number <= to);
  };
}

/** @param {string} key @param {Condition} condition */
function conditionWords(key, condition) {
  if ("is" in condition) return condition.is.map((text) => valueWord(key, text)).join(", ");
  if ("has" in condition) return `“${condition.has}”`;
  const { from, to } = condition;
  if (from === null) return `≤ ${to}`;
  return to === null ? `≥ ${from}` : `${from} – ${to}`;
}

/**
 * @param {string} key
 * @param {string} text a value in full
 * @returns {string} what the reader sees of it
 */
export function valueWord(key, text) {
  if (key === "state" && text) return stateWord(text);
  const number = numberIn(text);
  if (number !== null && String(number) === text) return shown(number);
  return text || t("filter.empty");
}

/**
 * The conditions that this page's address holds.
 * @param {string} [prefix] of their names there
 * @returns {Filters}
 */
export function readFilters(prefix = PREFIX) {
  const conditions = new Map();
  for (const part of location.search.slice(1).split("&")) {
    if (!part.startsWith(prefix)) continue;
    const at = part.indexOf("=");
    const condition = at > prefix.length ? readCondition(part.slice(at + 1)) : null;
    if (condition) conditions.set(decoded(part.slice(prefix.length, at)), condition);
  }
  return new Filters(conditions);
}

/**
 * Keeps a column's condition in this page's address.
 * @param {string} key
 * @param {Condition | null} condition
 */
export function rememberCondition(key, condition) {
  changeAddress({ [PREFIX + spell(key)]: condition ? spellCondition(condition) : "" });
}

/** @param {Condition} condition */
export function spellCondition(condition) {
  if ("is" in condition) return `is:${spellList(condition.is)}`;
  if ("has" in condition) return `has:${spell(condition.has)}`;
  return `in:${condition.from ?? ""}..${condition.to ?? ""}`;
}

/**
 * @param {string} text as `spellCondition` spells it
 * @returns {Condition | null} null where it is no condition
 */
function readCondition(text) {
  if (text.startsWith("is:")) return { is: text.slice(3).split(",").map(decoded) };
  if (text.startsWith("has:") && text.length > 4) return { has: decoded(text.slice(4)) };
  const ends = /^in:(.*?)\.\.(.*)$/.exec(decoded(text));
  return ends ? range(ends[1], ends[2]) : null;
}

/**
 * @param {string} from
 * @param {string} to
 * @returns {Condition | null} null where neither end is a number
 */
export function range(from, to) {
  const ends = { from: numberIn(from), to: numberIn(to) };
  return ends.from === null && ends.to === null ? null : ends;
}
