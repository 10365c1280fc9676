// The searches that this reader made last, which the browser keeps.

const KEY = "fitlog-searches";
/** How many are kept. */
const MOST = 20;

/** @returns {string[]} the last one first */
export function recentSearches() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return []; // Storage may be switched off, or hold what somebody else put there.
  }
}

/** @param {string} query that was understood */
export function keepSearch(query) {
  const kept = [query, ...recentSearches().filter((each) => each !== query)].slice(0, MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Storage may be switched off; then none are offered.
  }
}
