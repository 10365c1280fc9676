// Moving rows by hand: where they come to stand, and the fewest moves that lead to an order.

/** @typedef {import("./row_moves.js").Move} Move */
/** @typedef {number | "up" | "down" | "top" | "bottom"} Aim a way, or how many of the rows in view stand above the place */

/**
 * @param {string[]} list all rows, in order
 * @param {string[]} view the rows in view, in order
 * @param {string[]} chosen those of them that move
 * @param {Aim} aim
 * @param {(ids: string[]) => string[]} whole adds to rows those that they stand for
 * @returns {string[]} all rows, in their new order
 */
export function moved(list, view, chosen, aim, whole) {
  const picked = new Set(chosen);
  const rest = view.filter((id) => !picked.has(id));
  if (!rest.length) return list;
  const ids = new Set(whole(view.filter((id) => picked.has(id))));
  const place = placeOf(view, picked, aim);
  const others = list.filter((id) => !ids.has(id));
  // Rows that are out of view stay with the row that they stand before, and the last one with those after it.
  const at = place < rest.length ? others.indexOf(rest[place]) : others.indexOf(rest[rest.length - 1]) + 1;
  return [...others.slice(0, at), ...ids, ...others.slice(at)];
}

/** @param {string[]} view @param {Set<string>} picked @param {Aim} aim @returns {number} how many rows that stay are to stand above */
function placeOf(view, picked, aim) {
  const above = (/** @type {number} */ end) => view.slice(0, end).filter((id) => !picked.has(id)).length;
  if (typeof aim === "number") return above(aim);
  if (aim === "top") return 0;
  if (aim === "bottom") return above(view.length);
  if (aim === "up") return Math.max(0, above(view.findIndex((id) => picked.has(id))) - 1);
  return above(view.findLastIndex((id) => picked.has(id))) + 1;
}

/**
 * @param {string[]} base all rows in the order that they have by themselves
 * @param {string[]} list the same rows in another order
 * @returns {Move[]} the fewest rows that have to move, each with the one that it stands before
 */
export function movesTo(base, list) {
  const places = new Map(base.map((id, place) => [id, place]));
  const kept = longestRise(list.map((id) => places.get(id) ?? 0));
  /** @type {Move[]} */
  const moves = [];
  /** @type {Move} */
  let open = [];
  for (const [at, id] of list.entries()) {
    if (kept.has(at)) {
      if (open.length) moves.push([...open, id]);
      open = [];
    } else open.push(id);
  }
  return open.length ? [...moves, [...open, null]] : moves;
}

/**
 * @param {number[]} values all different
 * @returns {Set<number>} where the longest sequence of them stands that rises from first to last
 */
function longestRise(values) {
  /** @type {number[]} of each length where the lowest last one of such a sequence stands */
  const ends = [];
  const before = values.map((value, at) => {
    const length = firstNotBelow(ends, values, value);
    ends[length] = at;
    return length ? ends[length - 1] : -1;
  });
  const kept = new Set();
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at]) kept.add(at);
  return kept;
}

/** @param {number[]} ends @param {number[]} values @param {number} value */
function firstNotBelow(ends, values, value) {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[ends[middle]] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
