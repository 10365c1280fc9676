// Which cells are marked: those that hold the text that is searched for, and the best of a column.
import { changeAddress, readList, spellList } from "./api.js";
import { isOdd, whole } from "./format.js";
import { numberIn, valueOf } from "./values.js";

/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {"max" | "min"} Direction */

/** What most cells have: shared, for cells are made while one scrolls. */
const NONE = /** @type {string[]} */ ([]);
const ODD = ["odd-number"];

/** What is marked in the table. */
export class Marks {
  constructor() {
    /** @type {string[]} in lower case */
    this.texts = [];
    /** @type {Map<string, Direction>} the columns whose best is marked */
    this.directions = new Map(readList("best").map((name) => (name.startsWith("-") ? [name.slice(1), "min"] : [name, "max"])));
    /** @type {Map<string, number>} the best of each among the runs in view */
    this.best = new Map();
  }

  /** @param {string} key @param {unknown} value @returns {string[]} the classes of a cell */
  of(key, value) {
    const usual = isOdd(value) ? ODD : NONE;
    if (!this.texts.length && !this.best.size) return usual;
    return [...usual, ...(this.isHit(value) ? ["hit"] : []), ...(this.isBest(key, value) ? ["best"] : [])];
  }

  /** @param {unknown} value */
  isHit(value) {
    const text = whole(value).toLowerCase();
    return this.texts.some((wanted) => text.includes(wanted));
  }

  /** @param {string} key @param {unknown} value */
  isBest(key, value) {
    const best = this.best.get(key);
    return best !== undefined && numberIn(value) === best;
  }

  /** @param {string[]} texts that are searched for in any cell @returns {boolean} whether they are others than before */
  seek(texts) {
    const before = this.texts;
    this.texts = texts.map((text) => text.toLowerCase());
    return before.join("\0") !== this.texts.join("\0");
  }

  /** @param {string} key @param {Direction | null} direction that is the better one; null takes the mark away */
  choose(key, direction) {
    if (direction) this.directions.set(key, direction);
    else this.directions.delete(key);
    changeAddress({ best: spellList([...this.directions].map(([name, way]) => (way === "min" ? `-${name}` : name))) });
  }

  /** @param {() => Row[]} rows those in view @returns {string[]} the columns whose best is another than before */
  look(rows) {
    if (!this.directions.size && !this.best.size) return [];
    const before = this.best;
    this.best = new Map([...this.directions].flatMap(([key, direction]) => bestOf(key, direction, rows())));
    return [...new Set([...before.keys(), ...this.best.keys()])].filter((key) => before.get(key) !== this.best.get(key));
  }
}

/** @param {string} key @param {Direction} direction @param {Row[]} rows @returns {[string, number][]} nothing where none has a number */
function bestOf(key, direction, rows) {
  let best = NaN;
  for (const row of rows) {
    const number = numberIn(valueOf(row, key));
    if (number === null) continue;
    if (Number.isNaN(best) || (direction === "max" ? number > best : number < best)) best = number;
  }
  return Number.isNaN(best) ? [] : [[key, best]];
}
