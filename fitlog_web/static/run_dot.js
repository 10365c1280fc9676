// The colour of a run before its id in the table, the one that its curves have.
import { lookOf, onColours, styleOf } from "./colours.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("../frontend/types").Row} Row */

/**
 * @param {Row} row
 * @returns {HTMLElement} a dot that a click gives another colour; a row without curves has room for none
 */
export function runDot({ id, added }) {
  if (added) return element("span", { class: "dot" });
  const dot = element("span", { class: "dot", title: t("colour.of", { id }), "data-run": id }, element("i"));
  paint(dot);
  return dot;
}

/** @param {HTMLElement} dot */
function paint(dot) {
  const mark = dot.firstElementChild;
  if (mark instanceof HTMLElement) mark.style.background = styleOf(lookOf(dot.dataset.run ?? ""));
}

/**
 * Lets a click on a dot choose another colour, and keeps the dots as they were chosen on any page.
 * @param {HTMLElement} table in which the dots are
 */
export function followColours(table) {
  onColours(() => {
    for (const dot of /** @type {NodeListOf<HTMLElement>} */ (table.querySelectorAll(".dot[data-run]"))) paint(dot);
  });
  table.addEventListener("click", async ({ target }) => {
    const dot = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(".dot[data-run]")) : null;
    if (!dot) return;
    const { openColours } = await import("./colour_picker.js");
    openColours(dot.getBoundingClientRect(), dot.dataset.run ?? "");
  });
}
