// Where a search of several conditions leaves no run: which there are without each of them.
import { ApiError, ask } from "./api.js";
import { ofView } from "./view.js";

/** @typedef {{text: string, rest: string}} Clause a condition, and the search without it */

/** No more conditions than these are tried. */
const MOST = 8;

/** The conditions of the search. */
export class Clauses {
  /** @param {() => void} told what was asked for is known now */
  constructor(told) {
    this.told = told;
    /** @type {Clause[]} */
    this.all = [];
    /** @type {Map<Clause, Set<string>>} the runs that the others find; none while they are being asked for */
    this.known = new Map();
  }

  /** @param {Clause[]} clauses those of a new search */
  take(clauses) {
    this.all = clauses.slice(0, MOST);
    this.known = new Map();
  }

  /** @returns {{text: string, rest: string, ids: Set<string>}[]} what is known; the rest is asked for */
  without() {
    for (const clause of this.all) if (!this.known.has(clause)) this.ask(clause);
    return this.all.map((clause) => ({ ...clause, ids: this.known.get(clause) ?? new Set() }));
  }

  /** @param {Clause} clause */
  async ask(clause) {
    const { known } = this;
    known.set(clause, new Set());
    try {
      const { ids } = await ask(`api/search?deleted=1&${ofView()}&q=${encodeURIComponent(clause.rest)}`);
      known.set(clause, new Set(ids));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // then that condition is not offered
      return;
    }
    if (known === this.known) this.told();
  }
}
