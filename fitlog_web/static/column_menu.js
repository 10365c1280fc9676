// What a heading opens: sorting, pinning and hiding of its column, and the condition on its values.
import { element } from "./dom.js";
import { range, valueWord } from "./filters.js";
import { isOdd, shown, whole } from "./format.js";
import { count, t } from "./i18n.js";
import { findable, openPopover } from "./popover.js";
import { compareValues, numberIn } from "./values.js";

/** @typedef {import("./filters.js").Condition} Condition */

/**
 * @typedef {object} Face what the menu asks of the page, and tells it
 * @property {(key: string) => unknown[]} values the column's values, those that its own condition leaves out included
 * @property {(key: string) => Condition | null} condition
 * @property {(key: string, condition: Condition | null) => void} filter
 * @property {(key: string, direction: "asc" | "desc" | null) => void} sort
 * @property {(key: string) => "asc" | "desc" | null} sorted
 * @property {(key: string) => "max" | "min" | null} best which end of the column is marked as the best
 * @property {(key: string, best: "max" | "min" | null) => void} mark
 * @property {(key: string) => boolean} isPinned
 * @property {(key: string, pinned: boolean) => void} pin
 * @property {(key: string) => void} hide
 */

/** How many different values are listed; of more, ranges and texts are asked for. */
const LISTED = 200;
/** Columns that are always there, at their place. */
const FIXED = new Set(["id", "state", "progress"]);

/**
 * Opens the menu of a column under its heading.
 * @param {string} key
 * @param {DOMRect} place of the heading
 * @param {Face} face
 */
export function openColumnMenu(key, place, face) {
  const menu = openPopover(place, t("menu.title", { column: key }), actions(key, face, () => menu.hidePopover()), ...best(key, face), condition(key, face));
}

/** @param {string} key @param {Face} face @param {() => void} close */
function actions(key, face, close) {
  const sorted = face.sorted(key);
  const sort = (/** @type {"asc" | "desc"} */ direction) =>
    toggle(t(`menu.${direction}`), sorted === direction, () => {
      face.sort(key, sorted === direction ? null : direction);
      close();
    });
  const row = element("div", { class: "row" }, sort("asc"), sort("desc"));
  if (FIXED.has(key)) return row;
  const pinned = face.isPinned(key);
  const hide = element("button", { type: "button" }, t("menu.hide"));
  hide.addEventListener("click", () => {
    close();
    face.hide(key);
  });
  row.append(
    toggle(t("menu.pin"), pinned, () => {
      face.pin(key, !pinned);
      close();
    }),
    hide,
  );
  return row;
}

/** @param {string} key @param {Face} face @returns {HTMLElement[]} nothing for a column that has no numbers */
function best(key, face) {
  if (FIXED.has(key) || !isNumeric(face.values(key).map(whole))) return [];
  const choice = (/** @type {"max" | "min"} */ way) => {
    const button = toggle(t(`export.best.${way}`), face.best(key) === way, () => {
      face.mark(key, face.best(key) === way ? null : way);
      for (const [each, of] of both) each.setAttribute("aria-pressed", String(face.best(key) === of));
    });
    return /** @type {const} */ ([button, way]);
  };
  const both = [choice("max"), choice("min")];
  return [element("div", { class: "row best-of", role: "group", "aria-label": t("menu.best") }, element("h3", {}, t("menu.best")), ...both.map(([button]) => button))];
}

/** @param {string} label @param {boolean} pressed @param {() => void} act */
function toggle(label, pressed, act) {
  return element("button", { type: "button", "aria-pressed": String(pressed), onclick: act }, label);
}

/** @param {string} key @param {Face} face */
function condition(key, face) {
  const counts = countsOf(face.values(key));
  const clear = element("button", { type: "button", class: "quiet" }, t("menu.clear"));
  /** @type {[HTMLElement, HTMLElement]} what is typed, what is ticked: a column has one condition, so each empties the other */
  let parts;
  const changed = (/** @type {Condition | null} */ next, /** @type {0 | 1} */ part) => {
    face.filter(key, next);
    clear.disabled = !next;
    const other = make(null)[1 - part];
    parts[1 - part].replaceWith(other);
    parts[1 - part] = other;
  };
  /** @param {Condition | null} present @returns {[HTMLElement, HTMLElement]} */
  const make = (present) => [typed(counts, present, (next) => changed(next, 0)), ticked(key, counts, present, (next) => changed(next, 1))];
  parts = make(face.condition(key));
  clear.disabled = !face.condition(key);
  clear.addEventListener("click", () => {
    changed(null, 0);
    changed(null, 1);
  });
  const box = element("form", { class: "condition" }, element("div", { class: "head" }, element("h3", {}, t("menu.filter")), clear), ...parts);
  box.addEventListener("submit", (event) => event.preventDefault());
  return box;
}

/** @param {Map<string, number>} counts @param {Condition | null} present @param {(next: Condition | null) => void} changed */
function typed(counts, present, changed) {
  const texts = [...counts.keys()];
  return isNumeric(texts) ? ends(texts.map(numberIn).filter((number) => number !== null), present, changed) : text(present, changed);
}

/** @param {string} key @param {Map<string, number>} counts @param {Condition | null} present @param {(next: Condition | null) => void} changed */
function ticked(key, counts, present, changed) {
  if (counts.size > LISTED) return element("p", { class: "note" }, t("menu.many", { n: counts.size }));
  return list(key, counts, present, changed);
}

/**
 * @param {unknown[]} values
 * @returns {Map<string, number>} how often each text occurs, in the order of the values
 */
function countsOf(values) {
  /** @type {Map<string, [unknown, number]>} */
  const seen = new Map();
  for (const value of values) {
    const text = whole(value);
    const known = seen.get(text);
    if (known) known[1] += 1;
    else seen.set(text, [value, 1]);
  }
  const ordered = [...seen].sort(([, [a]], [, [b]]) => compareValues(a, b, null, null, false));
  return new Map(ordered.map(([text, [, n]]) => [text, n]));
}

/** @param {string[]} texts */
function isNumeric(texts) {
  const present = texts.filter((text) => text && !isOdd(text));
  return present.length > 0 && present.every((text) => numberIn(text) !== null);
}

/**
 * @param {number[]} numbers that the column holds, in order
 * @param {Condition | null} present
 * @param {(next: Condition | null) => void} changed
 */
function ends(numbers, present, changed) {
  const now = present && "from" in present ? present : { from: null, to: null };
  const end = (/** @type {string} */ label, /** @type {number | null} */ value, /** @type {number | undefined} */ found) =>
    element("input", { type: "text", inputMode: "decimal", value: value ?? "", placeholder: `${label} ${shown(found)}`, "aria-label": label, autocomplete: "off" });
  const [from, to] = [end(t("menu.from"), now.from, numbers[0]), end(t("menu.to"), now.to, numbers.at(-1))];
  const told = () => {
    for (const box of [from, to]) box.setAttribute("aria-invalid", String(box.value.trim() !== "" && numberIn(box.value) === null));
    changed(range(from.value, to.value));
  };
  for (const box of [from, to]) box.addEventListener("input", told);
  return element("div", { class: "row ends" }, from, "–", to);
}

/** @param {Condition | null} present @param {(next: Condition | null) => void} changed */
function text(present, changed) {
  const label = t("menu.has");
  const value = present && "has" in present ? present.has : "";
  const box = element("input", { type: "text", value, placeholder: label, "aria-label": label, autocomplete: "off" });
  box.addEventListener("input", () => changed(box.value ? { has: box.value } : null));
  return box;
}

/**
 * @param {string} key
 * @param {Map<string, number>} counts
 * @param {Condition | null} present
 * @param {(next: Condition | null) => void} changed
 */
function list(key, counts, present, changed) {
  const chosen = new Set(present && "is" in present ? present.is : []);
  const items = [...counts].map(([value, n]) => {
    const box = element("input", { type: "checkbox", checked: chosen.has(value) });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(value);
      else chosen.delete(value);
      changed(chosen.size ? { is: [...chosen] } : null);
    });
    const word = valueWord(key, value);
    return element("li", {}, element("label", { title: value || word }, box, element("span", {}, word), element("small", {}, count(n))));
  });
  return findable(items);
}
