// The window that moves the selected rows, for those who can neither drag nor press keys.
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { openPopover } from "./popover.js";

/**
 * Opens the window under its button.
 * @param {DOMRect} place
 * @param {number} n how many rows move
 * @param {(aim: import("./row_moving.js").Aim) => void} move
 */
export function openMoving(place, n, move) {
  const button = (/** @type {"top" | "up" | "down" | "bottom"} */ aim) => element("button", { type: "button", onclick: () => move(aim) }, t(`order.${aim}`));
  openPopover(place, t("order.move", { n }), element("div", { class: "ways" }, ...["top", "up", "down", "bottom"].map((aim) => button(/** @type {any} */ (aim)))));
}
