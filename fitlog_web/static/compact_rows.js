// Rows from the compact form of the table: a row reads its cells where the answer has them, so that
// two million of them need not be laid out again before the first is looked at.

/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {{shapes: string[][], rows: [number, unknown[], Record<string, unknown>][]}} Compact */

/** A row: its cells lie in a list, what is true of it besides lies in the row itself. */
class CompactRow {
  /** @type {unknown[]} */
  #cells;

  /** @type {PropertyDescriptor[]} what reads and writes the cell at each place */
  static #cell = [];

  /** @param {number} place @returns {PropertyDescriptor} */
  static #cellAt(place) {
    return {
      /** @this {CompactRow} */
      get() {
        return this.#cells[place];
      },
      /** @this {CompactRow} @param {unknown} value */
      set(value) {
        this.#cells[place] = value;
      },
      configurable: true,
    };
  }

  /** @param {unknown[]} cells @param {Record<string, unknown>} standing */
  constructor(cells, standing) {
    this.#cells = cells;
    Object.assign(this, standing);
  }

  /** @param {Record<string, unknown>} said what is true of it now @returns {CompactRow} the row with that instead */
  with(said) {
    const made = /** @type {typeof CompactRow} */ (this.constructor);
    return new made(this.#cells, { ...this, ...said });
  }

  /**
   * The class of the rows that have these columns.
   * @param {string[]} keys
   * @returns {typeof CompactRow}
   */
  static of(keys) {
    const made = class extends CompactRow {};
    // Which rows that were added by hand lack.
    Object.defineProperty(made.prototype, "state", { value: null, writable: true, configurable: true });
    for (const [place, key] of keys.entries()) Object.defineProperty(made.prototype, key, (CompactRow.#cell[place] ??= CompactRow.#cellAt(place)));
    return made;
  }
}

/**
 * Makes rows of the compact form of the table.
 * @param {Compact} answer
 * @returns {any} the answer with rows whose columns are read by name
 */
export function unfold({ shapes, rows, ...others }) {
  const classes = shapes.map((keys) => CompactRow.of(keys));
  return { ...others, rows: rows.map(([shape, cells, standing]) => new classes[shape](cells, standing)) };
}

/**
 * @param {any} row
 * @param {Record<string, unknown>} said what is true of it now
 * @returns {any} the same row with that instead
 */
export function rowWith(row, said) {
  return row instanceof CompactRow ? row.with(said) : { ...row, ...said };
}
