// What of the runs is to be seen, as the page's address and the browser keep it.
import { changeAddress, readList, spell, spellList } from "./api.js";
import { pageData } from "./dom.js";

/** @typedef {{hidden: boolean, deleted: boolean, filter: boolean, diverged: boolean, differs: boolean, among: boolean, fold: boolean}} Show */

/** How runs are sorted where nothing is said: the newest first. */
export const NEWEST = "-id";
/** What an address says where rows stand as they were put by hand: no column has such a name. */
const BY_HAND = "-";
/** How many selected runs an address holds at most. */
const MOST_SELECTED = 50;

/**
 * What the address says is to be seen.
 * @param {URLSearchParams} query
 * @returns {Show}
 */
export function shownBy(query) {
  const show = (query.get("show") ?? "").split(",");
  return {
    hidden: show.includes("hidden"),
    deleted: show.includes("deleted"),
    diverged: show.includes("diverged"),
    filter: query.get("filter") !== "off",
    differs: query.get("differs") !== "off",
    among: query.get("differs") === "selected",
    fold: query.get("ranks") !== "all",
  };
}

/**
 * Keeps in the address what is to be seen.
 * @param {Show} shown
 */
export function keepShown(shown) {
  const show = [shown.hidden ? "hidden" : "", shown.deleted ? "deleted" : "", shown.diverged ? "diverged" : ""];
  remember("show", show.filter(Boolean).join(","));
  remember("filter", shown.filter ? "" : "off");
  remember("differs", shown.differs ? (shown.among ? "selected" : "") : "off");
  remember("ranks", shown.fold ? "" : "all");
}

/**
 * Keeps a piece of the page's state in its address.
 * @param {string} name
 * @param {string} value
 */
export function remember(name, value) {
  changeAddress({ [name]: encodeURIComponent(value) });
}

/**
 * @param {string[]} names the columns that the runs are sorted by, as `-metric-acc`
 * @param {boolean} isOwn whether there is an order made by hand, which counts where there are none
 */
export function keepSorting(names, isOwn) {
  // Where nothing is said, what the view was saved with would count.
  const own = /(^|&)sort=/.test(pageData().address ?? "") ? BY_HAND : "";
  const usual = names.join() === (isOwn ? "" : NEWEST);
  changeAddress({ sort: usual ? (isOwn ? own : "") : spellList(names) });
}

/**
 * @param {boolean} isOwn whether there is an order made by hand
 * @returns {string[]} the columns that the address asks to sort by
 */
export function readSorting(isOwn) {
  const names = readList("sort");
  if (!names.length || names.includes(BY_HAND)) return isOwn ? [] : [NEWEST];
  return names;
}

/**
 * Keeps in the address which columns are pinned, and how wide the reader made some.
 * @param {string[]} pinned
 * @param {Map<string, number>} widths in pixels
 */
export function keepShape(pinned, widths) {
  const spelled = [...widths].map(([key, width]) => [`w.${spell(key)}`, String(width)]);
  changeAddress({ pin: spellList(pinned), ...Object.fromEntries(spelled) });
}

/** @param {string[]} ids the selected runs, which the address keeps while they are few */
export function keepSelected(ids) {
  changeAddress({ sel: ids.length <= MOST_SELECTED ? spellList(ids) : "" });
}

/** @returns {Map<string, number>} the widths in the address, in pixels */
export function readWidths() {
  const query = new URLSearchParams(location.search);
  const found = [...query].filter(([name]) => name.startsWith("w.")).map(([name, width]) => /** @type {const} */ ([name.slice(2), Number(width)]));
  return new Map(found.filter(([, width]) => width >= 20 && width <= 4000));
}

/**
 * The columns for readers of logs that this reader asked for.
 * @returns {string[]}
 */
export function readWanted() {
  try {
    return (localStorage.getItem("fitlog-columns") ?? "").split("\n");
  } catch {
    return []; // Storage may be switched off.
  }
}

/** @param {Set<string>} wanted */
export function keepWanted(wanted) {
  try {
    localStorage.setItem("fitlog-columns", [...wanted].join("\n"));
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
}
