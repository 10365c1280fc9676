// A small window under what opened it, which Escape or a click elsewhere closes.
import { element } from "./dom.js";
import { t } from "./i18n.js";

/** From how many on a list has a box to find its items. */
const SEARCHED = 12;
/** How much room it has at least, in pixels, where the window is that high. */
const LEAST = 320;

/**
 * Opens the window.
 * @param {DOMRect} place of what it belongs to
 * @param {string} title
 * @param {...Node} content
 * @returns {HTMLElement}
 */
export function openPopover(place, title, ...content) {
  const made = element("div", { class: "popover", popover: "auto", role: "dialog", "aria-label": title }, element("h2", {}, title), ...content);
  made.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "closed") made.remove();
  });
  // The page's single keys are not meant while it is open.
  made.addEventListener("keydown", (event) => event.stopPropagation());
  document.body.append(made);
  made.showPopover();
  put(made, place);
  /** @type {HTMLElement | null} */ (made.querySelector("input, button"))?.focus();
  return made;
}

/** @param {HTMLElement} made @param {DOMRect} place */
function put(made, place) {
  const left = Math.max(8, Math.min(place.left, innerWidth - made.offsetWidth - 8));
  // Under the lowest rows it stands over what it belongs to rather than below the window.
  const top = Math.max(8, Math.min(place.bottom + 2, innerHeight - LEAST - 8));
  made.style.left = `${left}px`;
  made.style.top = `${top}px`;
  made.style.maxHeight = `${innerHeight - top - 8}px`;
}

/**
 * A list that scrolls, and where it is long a box that finds in it.
 * @param {HTMLLIElement[]} items
 */
export function findable(items) {
  const list = element("ul", {}, ...items);
  if (items.length <= SEARCHED) return element("div", { class: "values" }, list);
  const label = t("menu.find");
  const box = element("input", { type: "search", placeholder: label, "aria-label": label, autocomplete: "off" });
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    for (const item of items) item.hidden = !(item.textContent ?? "").toLowerCase().includes(wanted);
  });
  return element("div", { class: "values" }, box, list);
}
