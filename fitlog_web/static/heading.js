// A column's heading: its name, and a button that opens the column's menu.
import { element, svg } from "./dom.js";
import { t } from "./i18n.js";

/**
 * @typedef {object} Events
 * @property {(key: string, place: DOMRect) => void} opened
 * @property {(key: string) => boolean} isFiltered whether a condition lies on the column
 */

/**
 * The class of headings that the grid puts into its header cells.
 * @param {Events} events
 */
export function headingClass({ opened, isFiltered }) {
  return class Heading {
    /** @param {import("ag-grid-community").IHeaderParams} params */
    init({ displayName, column }) {
      const key = column.getColId();
      // For the pointer only: a heading's name is read out without it, and the keyboard has `f`.
      const button = element("button", { type: "button", class: "menu-button", tabIndex: -1, title: t("menu.open"), "aria-hidden": "true" }, funnel());
      this.whole = element("span", { class: "heading", "data-key": key }, element("span", { class: "name" }, displayName), button);
      this.whole.classList.toggle("filtered", isFiltered(key));
      for (const kind of ["mousedown", "pointerdown", "touchstart"]) button.addEventListener(kind, (event) => event.stopPropagation());
      button.addEventListener("click", (event) => {
        event.stopPropagation();
        opened(key, button.getBoundingClientRect());
      });
    }

    getGui() {
      return /** @type {HTMLElement} */ (this.whole);
    }
  };
}

/**
 * Marks the headings whose columns have a condition, and only those.
 * @param {HTMLElement} grid
 * @param {(key: string) => boolean} isFiltered
 */
export function markFiltered(grid, isFiltered) {
  for (const heading of /** @type {NodeListOf<HTMLElement>} */ (grid.querySelectorAll(".heading"))) {
    heading.classList.toggle("filtered", isFiltered(heading.dataset.key ?? ""));
  }
}

function funnel() {
  return svg("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, svg("path", { d: "M1 2h10L7 6.5V11L5 10V6.5z", fill: "currentColor" }));
}
