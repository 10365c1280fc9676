// The colour of a run, and the choice of another one.
import { chooseColour, chosenColour, NAMES, swatch } from "./colours.js";
import { element } from "./dom.js";
import { dropdown } from "./dropdown.js";
import { t } from "./i18n.js";

/**
 * @param {string} id of a run
 * @param {import("./colours.js").Look} look
 * @returns {HTMLDetailsElement}
 */
export function colourPicker(id, look) {
  const label = t("colour.of", { id });
  const summary = element("summary", { "aria-label": label, title: label }, swatch(look));
  const { menu, close } = dropdown("colour", summary, element("div", {}, ...choices(id, () => close())));
  return menu;
}

/**
 * Opens the choice in a window of its own, for a run that is a row of the table.
 * @param {DOMRect} place under which it opens
 * @param {string} id
 */
export async function openColours(place, id) {
  const { openPopover } = await import("./popover.js");
  const made = openPopover(place, t("colour.of", { id }), element("div", { class: "colours" }, ...choices(id, () => made.hidePopover())));
}

/**
 * @param {string} id
 * @param {() => void} close what the choice stands in
 */
function choices(id, close) {
  const chosen = chosenColour(id);
  const choice = (/** @type {number | null} */ colour, /** @type {string} */ name) =>
    element("button", { type: "button", "aria-pressed": String(chosen === colour), onclick: () => take(colour) }, colour === null ? null : swatch({ colour, dash: 0 }), name);
  const take = (/** @type {number | null} */ colour) => {
    close();
    chooseColour(id, colour);
  };
  return [choice(null, t("colour.own")), ...NAMES.map((name, colour) => choice(colour, t(`colour.${name}`)))];
}
