// Which columns are in view: what the view hides, what never differs, what only readers of logs need.
import { constantColumns, isInternal } from "./columns.js";
import { pageData } from "./dom.js";
import { keepWanted, readWanted } from "./showing.js";

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {import("./showing.js").Show} Show */

/** The columns, and which of them are to be seen. */
export class SeenColumns {
  /** @param {Show} show */
  constructor(show) {
    this.show = show;
    /** @type {Column[]} */
    this.all = [];
    /** @type {Set<string>} columns that the view leaves out */
    this.hidden = new Set();
    /** @type {Set<string>} columns for readers of logs that this reader asked for */
    this.wanted = new Set(readWanted());
    /** @type {Map<string, unknown>} columns that never differ, with their value */
    this.constant = new Map();
  }

  /** @param {Column[]} columns */
  load(columns) {
    // Where nothing can be written, nothing is offered for editing.
    this.all = pageData().read_only ? columns.map((column) => ({ ...column, editable: false })) : columns;
    this.hidden = new Set(columns.filter(({ hidden }) => hidden).map(({ key }) => key));
  }

  /**
   * Finds the columns that never differ.
   * @param {Row[]} rows
   * @param {Set<string>} [among] where these are not all rows: the columns that do not differ among all
   * @returns {boolean} whether their number is another than before
   */
  compare(rows, among) {
    const before = this.constant.size;
    this.constant = constantColumns(among ? this.all.filter(({ key }) => among.has(key)) : this.all, rows);
    return this.constant.size !== before;
  }

  /** @param {string} key */
  isVisible(key) {
    if (isInternal(key) && !this.wanted.has(key)) return false;
    return !this.hidden.has(key) && !(this.show.differs && this.constant.has(key));
  }

  /** @param {string[]} keys @param {boolean} hidden */
  hide(keys, hidden) {
    for (const key of keys) {
      if (hidden) this.hidden.add(key);
      else this.hidden.delete(key);
      if (isInternal(key) && !hidden) this.wanted.add(key);
    }
    keepWanted(this.wanted);
  }
}
