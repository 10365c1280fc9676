// What came since the table was fetched: changed rows at once, new runs when they take no place from under the pointer.

/** @typedef {import("../frontend/types").Row} Row */

/** New runs that wait to be shown. */
export class NewRuns {
  constructor() {
    /** @type {Row[]} */
    this.waiting = [];
  }

  /**
   * Takes up what the server says has changed.
   * @param {Row[]} rows
   * @param {string[]} removed
   * @param {(id: string) => boolean} isKnown whether the table has a row
   * @returns {Row[]} the rows that the table has already
   */
  sort(rows, removed, isKnown) {
    const fresh = rows.filter((row) => !isKnown(row.id) && !row.deleted);
    const outdated = new Set([...removed, ...fresh.map(({ id }) => id)]);
    this.waiting = [...fresh, ...this.waiting.filter(({ id }) => !outdated.has(id))];
    return rows.filter(({ id }) => isKnown(id));
  }

  /** @returns {Row[]} those that waited, which wait no longer */
  take() {
    const rows = this.waiting;
    this.waiting = [];
    return rows;
  }
}
