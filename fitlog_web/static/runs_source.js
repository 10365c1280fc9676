// The whole table as the server has it, and which runs pass the view's saved filter.
import { ApiError, ask } from "./api.js";
import { unfold } from "./compact_rows.js";
import { pageData } from "./dom.js";
import { ofView } from "./view.js";

/** @typedef {import("./showing.js").Show} Show */

/**
 * The rows that the page brings with it, where it brings all that is to be seen.
 * @param {Show} show
 */
export function rowsAtHand(show) {
  const page = pageData();
  return page.complete && !show.deleted ? unfold(/** @type {any} */ (page)) : null;
}

/**
 * The newest rows, where a reader can begin with them until the others come: the address asks for
 * nothing that those might answer.
 * @param {Show} show
 */
export function firstRows(show) {
  const query = new URLSearchParams(location.search);
  const asked = ["q", "sort", "sel", "group", "stats"].some((name) => query.get(name)) || [...query.keys()].some((name) => name.startsWith("f."));
  const unlike = show.hidden || show.deleted || show.among || (pageData().filter && !show.filter);
  // An order made by hand may begin with any of them; those that the view's moves put there are at hand.
  const moved = query.has("rows") || !pageData().has_moved;
  return asked || unlike || moved ? null : unfold(/** @type {any} */ (pageData()));
}

/**
 * The whole table, and which runs pass the view's saved filter.
 * @param {Show} show
 */
export async function fetchRuns(show) {
  const { filter, view } = pageData();
  const [answer, passing] = await Promise.all([
    ask(`api/runs?format=compact&${ofView()}${show.deleted ? "&deleted=1" : ""}`),
    filter ? fetchPassing(view) : null,
  ]);
  return { ...unfold(answer), passing };
}

/**
 * @param {string} view
 * @returns {Promise<Set<string> | null>} null where the filter cannot be read: then every run is shown
 */
export async function fetchPassing(view) {
  try {
    return new Set((await ask(`api/search?deleted=1&view=${encodeURIComponent(view)}`)).ids);
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return null;
    throw error;
  }
}
