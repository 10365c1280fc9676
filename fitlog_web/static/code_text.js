// One file of a run's code: numbered lines, Python in colours.
import { element } from "./dom.js";
import { count } from "./format.js";
import { t } from "./i18n.js";
import { tokens } from "./tokens.js";

/** @typedef {{path: string, size: number, text: string | null, note: "binary" | "cut" | "link" | null}} CodeFile */

/**
 * @param {CodeFile} file
 * @returns {HTMLElement[]} what shows it
 */
export function fileView({ path, size, text, note }) {
  const heading = element("h2", { class: "code-path" }, path);
  const say = (/** @type {string} */ sentence) => [heading, element("p", { class: "muted" }, sentence)];
  if (text === null) return say(t("code.binary", { size: count(size) }));
  if (note === "link") return [heading, element("p", {}, `${t("code.link")} `, element("code", {}, text))];
  if (!text) return say(t("code.empty"));
  const cut = note === "cut" ? element("p", { class: "muted" }, t("code.cut")) : null;
  const parts = [heading, cut, numbered(text, /\.pyi?$/.test(path))];
  return parts.filter((part) => part !== null);
}

/** @param {string} text @param {boolean} isPython */
function numbered(text, isPython) {
  const lines = text.replace(/\n$/, "").split("\n").length;
  // One text for all numbers: tens of thousands of lines are two elements.
  const numbers = Array.from({ length: lines }, (_, index) => index + 1).join("\n");
  const gutter = element("pre", { class: "gutter", "aria-hidden": "true" }, numbers);
  const pieces = isPython ? tokens(text) : [["", text]];
  const code = element("pre", { class: "code", tabIndex: 0 }, ...pieces.map(([kind, piece]) => (kind ? element("span", { class: `token-${kind}` }, piece) : document.createTextNode(piece))));
  return element("div", { class: "numbered" }, gutter, code);
}
