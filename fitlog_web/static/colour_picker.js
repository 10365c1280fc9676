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
  const chosen = chosenColour(id);
  const choice = (/** @type {number | null} */ colour, /** @type {string} */ name) =>
    element("button", { type: "button", "aria-pressed": String(chosen === colour), onclick: () => take(colour) }, colour === null ? null : swatch({ colour, dash: 0 }), name);
  const choices = NAMES.map((name, colour) => choice(colour, t(`colour.${name}`)));
  const summary = element("summary", { "aria-label": label, title: label }, swatch(look));
  const { menu, close } = dropdown("colour", summary, element("div", {}, choice(null, t("colour.own")), ...choices));
  const take = (/** @type {number | null} */ colour) => {
    close();
    chooseColour(id, colour);
  };
  return menu;
}
