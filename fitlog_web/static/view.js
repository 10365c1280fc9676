// The view that the table's page shows: the board's own, or the one that the address names with `v`.
import { changeAddress } from "./api.js";
import { pageData } from "./dom.js";

/** What of an address belongs to a view as a whole, or to a visit, and is not saved with it. */
const NOT_SAVED = new Set(["v", "sel", "lang"]);

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
  const present = new Set(location.search.slice(1).split("&").map((part) => part.split("=")[0]));
  const added = parts(address).filter(([name]) => !present.has(name));
  changeAddress(Object.fromEntries(added.map(([name, value]) => [name, value])));
}

/** @returns {string} what of this page's address a view keeps */
export function addressToSave() {
  return parts(location.search.slice(1)).map(([name, value]) => `${name}=${value}`).join("&");
}

/** @param {string} query @returns {[string, string][]} */
function parts(query) {
  return query.split("&").filter(Boolean).map((part) => /** @type {[string, string]} */ ([part.split("=")[0], part.slice(part.indexOf("=") + 1)])).filter(([name]) => !NOT_SAVED.has(name));
}
