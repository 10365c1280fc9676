// The whole table as the server has it, and which runs pass the view's saved filter.
import { ApiError, ask, unfold } from "./api.js";
import { pageData } from "./dom.js";
import { ofView } from "./view.js";

/** @typedef {import("./showing.js").Show} Show */

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
