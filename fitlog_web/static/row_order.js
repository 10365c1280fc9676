// The order of rows: each value of a column is looked at once, not whenever two rows meet.
import { orderOf, valueOf } from "./values.js";

/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {{data?: Row}} Node */

/** Orders rows by columns; what it learns of a column's texts it keeps. */
export class RowOrder {
  constructor() {
    /** @type {Map<string, import("./values.js").Order>} */
    this.orders = new Map();
  }

  /**
   * Puts rows in order, in place; those that are alike stay as they are.
   * @param {Node[]} nodes
   * @param {string[]} names the columns, as `-metric-acc`
   * @param {() => Map<string, number> | null} [places] of the rows where there are no columns
   */
  sort(nodes, names, places = () => null) {
    if (!names.length) return sortByPlaces(nodes, places());
    const columns = names.map((name) => this.placesOf(nodes, name.replace(/^-/, ""), name.startsWith("-")));
    const order = Uint32Array.from(nodes, (_, at) => at).sort((a, b) => {
      for (const places of columns) if (places[a] !== places[b]) return places[a] - places[b];
      return a - b;
    });
    const before = [...nodes];
    order.forEach((from, to) => (nodes[to] = before[from]));
  }

  /**
   * @param {Node[]} nodes
   * @param {string} key
   * @param {boolean} descending
   * @returns {Float64Array} of each row its place in the order of the column
   */
  placesOf(nodes, key, descending) {
    const values = nodes.map(({ data }) => (data ? valueOf(data, key) : null));
    const compare = this.orders.get(key) ?? orderOf();
    this.orders.set(key, compare);
    const sign = descending ? -1 : 1;
    const distinct = [...new Set(values)];
    compare.learn(distinct);
    const found = distinct.sort((a, b) => sign * compare(a, b, descending));
    /** @type {Map<unknown, number>} */
    const places = new Map();
    let place = 0;
    found.forEach((value, at) => {
      if (at && compare(found[at - 1], value, descending)) place = at;
      places.set(value, place);
    });
    return Float64Array.from(values, (value) => places.get(value) ?? 0);
  }
}

/** @param {Node[]} nodes @param {Map<string, number> | null} places */
function sortByPlaces(nodes, places) {
  const placeOf = (/** @type {Node} */ { data }) => (data && places?.get(data.id)) ?? 0;
  if (places) nodes.sort((a, b) => placeOf(a) - placeOf(b));
}
