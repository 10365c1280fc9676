// What of the runs is to be seen, as the page's address and the browser keep it.
import { changeAddress } from "./api.js";

/** @typedef {{hidden: boolean, deleted: boolean, filter: boolean, differs: boolean, fold: boolean}} Show */

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
    filter: query.get("filter") !== "off",
    differs: query.get("differs") !== "off",
    fold: query.get("ranks") !== "all",
  };
}

/**
 * Keeps in the address what is to be seen.
 * @param {Show} shown
 */
export function keepShown(shown) {
  const show = [shown.hidden ? "hidden" : "", shown.deleted ? "deleted" : ""];
  remember("show", show.filter(Boolean).join(","));
  remember("filter", shown.filter ? "" : "off");
  remember("differs", shown.differs ? "" : "off");
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
