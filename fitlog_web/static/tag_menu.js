// The window in which runs get tags and lose them: known ones are found while typing, new ones made.
import { element } from "./dom.js";
import { count, t } from "./i18n.js";
import { openPopover } from "./popover.js";
import { countTags, TAGS, tagsIn } from "./tags.js";

/** @typedef {import("../frontend/types").Row} Row */

/**
 * @typedef {object} Face
 * @property {() => Row[]} rows the rows that are tagged
 * @property {() => Iterable<Row>} all the rows whose tags are known
 * @property {(tag: string, on: boolean) => Promise<boolean>} set tells whether the server did it
 */

/** @param {DOMRect} place under which it opens @param {Face} face */
export function openTags(place, face) {
  const label = t("tags.find");
  const box = element("input", { type: "text", placeholder: label, "aria-label": label, autocomplete: "off", maxLength: 100 });
  const list = element("ul", {});
  const make = element("button", { type: "button" });
  const form = element("form", { class: "condition" }, box, element("div", { class: "values" }, list), make);
  const typed = () => box.value.replace(/[,\uff0c]/g, " ").trim();
  const draw = () => {
    const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-tag") : null;
    const known = countTags(face.all());
    const wanted = typed().toLowerCase();
    const found = [...known].filter(([tag]) => tag.toLowerCase().includes(wanted));
    list.replaceChildren(...found.map(([tag, n]) => choice(tag, n, face.rows(), set)));
    make.hidden = !wanted || known.has(typed());
    make.textContent = t("tags.make", { tag: typed() });
    if (focused) /** @type {HTMLElement | null} */ (list.querySelector(`[data-tag="${CSS.escape(focused)}"]`))?.focus();
  };
  const set = async (/** @type {string} */ tag, /** @type {boolean} */ on) => {
    const done = await face.set(tag, on);
    draw();
    return done;
  };
  box.addEventListener("input", draw);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const tag = typed();
    if (!tag) return;
    box.value = "";
    if (await set(tag, true)) return;
    box.value ||= tag;
    draw();
  });
  make.type = "submit";
  const rows = face.rows();
  openPopover(place, rows.length === 1 ? t("tags.of", { id: rows[0].id }) : t("tags.title", { n: rows.length }), form);
  draw();
}

/**
 * @param {string} tag
 * @param {number} n how many rows have it
 * @param {Row[]} rows
 * @param {(tag: string, on: boolean) => unknown} set
 */
function choice(tag, n, rows, set) {
  const having = rows.filter((row) => tagsIn(row[TAGS]).includes(tag)).length;
  const box = element("input", { type: "checkbox", checked: having === rows.length, indeterminate: having > 0 && having < rows.length, "data-tag": tag });
  box.addEventListener("change", () => set(tag, box.checked));
  return element("li", {}, element("label", { title: tag }, box, element("span", {}, tag), element("small", {}, count(n))));
}
