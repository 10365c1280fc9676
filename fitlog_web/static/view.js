// The view that the table's page shows: the board's own, or the one that the address names with `v`.
import { changeAddress, nameOf } from "./api.js";
import { pageData } from "./dom.js";

/** What of an address belongs to a view as a whole, or to a visit, and is not saved with it. */
const NOT_SAVED = new Set(["v", "rows", "sel", "lang", "stats", "vs", "vs.a", "vs.b", "columns"]);

/** @returns {string} the view's file name */
export function viewName() {
  return pageData().view;
}

/**
 * What a request asks for or changes, in this view.
 * @template {object} Body
 * @param {Body} body
 */
export function inView(body) {
  return { ...body, view: viewName() };
}

/** @returns {string} a piece of a request's address: this view, without its saved filter */
export function ofView() {
  return `view=${encodeURIComponent(viewName())}&filtered=0`;
}

/** Puts what was saved with the view into the address; what stands there already counts more. */
export function expandView() {
  const { address } = pageData();
  if (!address) return;
  const present = new Set(location.search.slice(1).split("&").map(nameOf));
  // What stands in a view's file need not have come from an address: a `#` would cut the rest off.
  const added = parts(address.replaceAll("#", "%23")).filter(([name]) => !present.has(nameOf(name)));
  changeAddress(Object.fromEntries(added));
}

/** @returns {string} what of this page's address a view keeps */
export function addressToSave() {
  return parts(location.search.slice(1)).map(([name, value]) => `${name}=${value}`).join("&");
}

/** @param {string} query @returns {[string, string][]} what it sets, both sides as it spells them */
function parts(query) {
  const set = query.split("&").filter((part) => part.includes("=") && !NOT_SAVED.has(nameOf(part)));
  return set.map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]);
}
