// A small menu behind a word or a sign, closed by Escape and by going elsewhere.
import { element } from "./dom.js";

/**
 * @param {string} kind its class
 * @param {HTMLElement} summary what opens it
 * @param {HTMLElement} content
 * @returns {{menu: HTMLDetailsElement, close: () => void}}
 */
export function dropdown(kind, summary, content) {
  const menu = element("details", { class: `dropdown ${kind}` }, summary, content);
  const close = () => {
    menu.open = false;
    summary.focus();
  };
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    close();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) menu.open = false;
  });
  return { menu, close };
}
