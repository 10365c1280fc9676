// What this board lets its pages do: they do not offer what the server would refuse.
import { pageData } from "./dom.js";

/** @returns {boolean} whether anything in the log directory may be changed */
export function mayChange() {
  return !pageData().read_only;
}

/** @returns {boolean} whether a page may end the board */
export function mayEnd() {
  const { only_shows: isReadOnly, page } = pageData();
  return !isReadOnly && page !== "copy";
}
