// The choice of the columns that runs are grouped by.
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { findable, openPopover } from "./popover.js";

/**
 * @typedef {object} Choice
 * @property {() => string[]} chosen
 * @property {(keys: string[]) => void} choose
 * @property {string} butSeed what stands for all settings but the seed
 */

/**
 * Opens the choice under a button.
 * @param {DOMRect} place
 * @param {{key: string, differs: boolean}[]} columns
 * @param {Choice} choice
 */
export function chooseColumns(place, columns, { chosen, choose, butSeed }) {
  const boxes = columns.map(({ key }) => element("input", { type: "checkbox", value: key }));
  const seed = element("button", { type: "button" }, t("groups.seed"));
  const none = element("button", { type: "button" }, t("groups.none"));
  const draw = () => {
    for (const box of boxes) box.checked = chosen().includes(box.value);
    seed.setAttribute("aria-pressed", String(chosen().includes(butSeed)));
    none.disabled = !chosen().length;
  };
  const take = (/** @type {string[]} */ keys) => {
    choose(keys);
    draw();
  };
  seed.addEventListener("click", () => take(chosen().includes(butSeed) ? [] : [butSeed]));
  none.addEventListener("click", () => take([]));
  for (const box of boxes) box.addEventListener("change", () => take(boxes.filter(({ checked }) => checked).map(({ value }) => value)));
  draw();
  openPopover(place, t("groups.title"), element("div", { class: "row" }, seed, none), list(columns, boxes));
}

/** @param {{key: string, differs: boolean}[]} columns @param {HTMLInputElement[]} boxes */
function list(columns, boxes) {
  const item = (/** @type {number} */ place) => element("li", {}, element("label", { title: columns[place].key }, boxes[place], element("span", {}, columns[place].key)));
  const places = [...columns.keys()];
  const part = (/** @type {boolean} */ differs) => places.filter((place) => columns[place].differs === differs).map(item);
  return findable([...part(true), ...part(false)]);
}
