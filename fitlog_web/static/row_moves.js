// An order of rows made by hand: moves over the order that the rows would have by themselves.
import { decoded, spell } from "./api.js";

/** @typedef {(string | null)[]} Move ids of rows, and last the one that they stand before; null for the end */

/** Letters that an order takes of an address at most: others go through mail and chat no more. */
const LONGEST = 2000;

/** @param {string} search of an address @returns {Move[] | null} null where it says nothing of an order */
export function readMoves(search) {
  const parts = search.slice(1).split("&").filter((part) => part.startsWith("rows="));
  if (!parts.length) return null;
  const moves = parts.flatMap((part) => part.slice("rows=".length).split(";")).map((part) => part.split(",").map(decoded));
  return moves.map((move) => [...move.slice(0, -1).filter(Boolean), move.at(-1) || null]).filter((move) => move.length > 1);
}

/** @param {Move[]} moves @returns {string} as an address holds them; empty where they are too many for one */
export function spellMoves(moves) {
  const text = moves.map((move) => move.map((id) => spell(id ?? "")).join(",")).join(";");
  return text.length <= LONGEST ? text : "";
}

/**
 * @param {string[]} ids of all rows, among them those that the moves name, in the order that they have by themselves
 * @param {Move[]} moves done one after the other, so that whatever they say is an order
 * @returns {string[]} the ids as they stand then
 */
export function arranged(ids, moves) {
  const chain = new Chain(ids);
  for (const move of moves) {
    const before = move.at(-1) ?? null;
    for (const id of move.slice(0, -1)) if (id !== null && id !== before) chain.put(id, before);
  }
  return chain.list();
}

/** A ring of ids, which null closes. */
class Chain {
  /** @param {string[]} ids */
  constructor(ids) {
    /** @type {Map<string | null, string | null>} */
    this.next = new Map();
    /** @type {Map<string | null, string | null>} */
    this.last = new Map();
    ids.reduce((before, id) => this.tie(before, id), /** @type {string | null} */ (null));
    this.tie(ids.at(-1) ?? null, null);
  }

  /** @param {string | null} left @param {string | null} right */
  tie(left, right) {
    this.next.set(left, right);
    this.last.set(right, left);
    return right;
  }

  /** @param {string} id @param {string | null} before */
  put(id, before) {
    this.tie(this.last.get(id) ?? null, this.next.get(id) ?? null);
    this.tie(this.last.get(before) ?? null, id);
    this.tie(id, before);
  }

  list() {
    const ids = [];
    for (let id = this.next.get(null); id; id = this.next.get(id)) ids.push(id);
    return ids;
  }
}
