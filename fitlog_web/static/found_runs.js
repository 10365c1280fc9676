// Which runs are in view: neither hidden nor in the trash, found by the search, the saved filter and the columns' conditions.
import { readFilters } from "./filters.js";
import { whole } from "./format.js";
import { foldRanks } from "./ranks.js";
import { partsOf } from "./tags.js";
import { valueOf } from "./values.js";

/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {import("./showing.js").Show} Show */

/** What decides whether a run is in view. */
export class FoundRuns {
  /**
   * @param {Show} show what of the runs is to be seen
   * @param {() => Iterable<Row>} rows all rows at hand
   */
  constructor(show, rows) {
    this.show = show;
    this.rows = rows;
    this.filters = readFilters();
    /** @type {Set<string> | null} runs that match the search */
    this.matches = null;
    /** @type {Set<string> | null} runs that pass the view's saved filter */
    this.passing = null;
    /** @type {Map<string, Row[]>} runs that stand for other ranks of their job, with those */
    this.folds = new Map();
    /** @type {Set<string>} the runs that others stand for */
    this.folded = new Set();
  }

  /** @param {Row} row @returns {boolean} whether the table shows it */
  passes(row) {
    return this.isFound(row) && !this.folded.has(row.id);
  }

  /** @param {Row} row */
  isAtHand(row) {
    if (row.deleted && !this.show.deleted) return false;
    if (row.hidden && !this.show.hidden) return false;
    return !this.show.filter || !this.passing || this.passing.has(row.id);
  }

  /** @returns {Row[]} what search and conditions choose from */
  atHand() {
    return [...this.rows()].filter((row) => this.isAtHand(row));
  }

  /** @param {Row} row */
  isSearched(row) {
    return this.isAtHand(row) && this.isMatched(row) && this.isWanted(row);
  }

  /** @param {Row} row */
  isFound(row) {
    return this.isSearched(row) && this.filters.passes(row);
  }

  /** @returns {boolean} whether a search or a condition on a column leaves runs out */
  narrows() {
    return this.show.diverged || this.matches !== null || this.filters.keys().length > 0;
  }

  /** @param {Row} row @returns {boolean} whether it has diverged, where only such runs are to be seen */
  isWanted(row) {
    return !this.show.diverged || !!row.diverged;
  }

  /** @param {Row} row */
  isMatched(row) {
    return !this.matches || this.matches.has(row.id);
  }

  /** @param {string} key @returns {unknown[]} its values in the runs that all other conditions leave */
  valuesOf(key) {
    return [...this.rows()].filter((row) => this.isSearched(row) && this.filters.passes(row, key)).flatMap((row) => partsOf(key, valueOf(row, key)));
  }

  /**
   * Lets one rank of each job stand for the others that are found.
   * @param {(id: string) => void} changed told of each row that stands for another number of ranks
   * @returns {boolean} whether that changed the rows in view
   */
  fold(changed) {
    const before = this.folded;
    this.folds = foldRanks(this.show.fold ? [...this.rows()].filter((row) => this.isFound(row)) : []);
    this.folded = new Set([...this.folds.values()].flat().map(({ id }) => id));
    for (const row of this.rows()) {
      const count = this.folds.get(row.id)?.length;
      if (row.folds === count) continue;
      row.folds = count;
      changed(row.id);
    }
    return before.size !== this.folded.size || [...before].some((id) => !this.folded.has(id));
  }

  /**
   * The runs that groups are made of. A job counts once in a group, as the table of that group alone shows it: its
   * ranks may belong to several, such as the one that failed.
   * @param {string[]} by columns that the runs of a group are the same in
   * @returns {string[]} their ids
   */
  grouped(by) {
    const found = [...this.rows()].filter((row) => !row.added && this.isFound(row));
    if (!this.folds.size) return found.map(({ id }) => id);
    const partOf = (/** @type {Row} */ row) => JSON.stringify(by.map((key) => whole(valueOf(row, key))));
    const folded = new Set([...foldRanks(found, partOf).values()].flat());
    return found.filter((row) => !folded.has(row)).map(({ id }) => id);
  }

  /**
   * What is done to a row is done to the ranks it stands for.
   * @param {Row[]} rows
   */
  withRanks(rows) {
    return [...new Set(rows.flatMap((row) => [row, ...(this.folds.get(row.id) ?? [])]))];
  }
}
