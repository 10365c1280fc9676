// The menu of an axis: how it is laid out, which stretch of it counts, where it stands.
import { element } from "./dom.js";
import { range, valueWord } from "./filters.js";
import { t } from "./i18n.js";
import { findable, openPopover } from "./popover.js";

/** @typedef {import("./relation_scales.js").Scale} Scale */
/** @typedef {import("./relation_scales.js").Kind} Kind */
/** @typedef {import("./filters.js").Condition} Condition */
/**
 * @typedef {object} AxisActs
 * @property {Condition | null} condition what it is brushed to
 * @property {(kind: Kind | null) => void} lay
 * @property {(condition: Condition | null) => void} brush
 * @property {((steps: number) => void) | null} move null where it cannot be moved
 * @property {(() => void) | null} remove
 */

/** @param {DOMRect} place @param {Scale} scale @param {AxisActs} acts */
export function openAxis(place, scale, { condition, lay, brush, move, remove }) {
  /** @type {HTMLElement} */
  let menu;
  const close = (/** @type {() => void} */ act) => () => {
    menu.hidePopover();
    act();
  };
  const button = (/** @type {string} */ text, /** @type {() => void} */ act) => element("button", { type: "button", onclick: close(act) }, t(text));
  const kinds = element("div", { class: "segments", role: "group", "aria-label": t("rel.kind") });
  for (const kind of /** @type {Kind[]} */ (["linear", "log", "category"])) {
    kinds.append(element("button", { type: "button", "aria-pressed": String(scale.kind === kind), onclick: close(() => lay(kind)) }, t(`rel.kind.${kind}`)));
  }
  const ends = scale.kind === "category" ? valueBoxes(scale, condition, brush) : rangeBoxes(condition, (found) => close(() => brush(found))());
  const places = move ? [button("rel.axis.left", () => move(-1)), button("rel.axis.right", () => move(1))] : [];
  const rest = [...(condition ? [button("rel.brush.clear.one", () => brush(null))] : []), ...places, ...(remove ? [button("rel.axis.remove", remove)] : [])];
  menu = openPopover(place, scale.key, kinds, lostText(scale), ends, element("div", { class: "rel-buttons" }, ...rest));
}

/** @param {Scale} scale @returns {HTMLElement} how many runs have no place, and why */
function lostText({ without }) {
  const parts = Object.entries(without).filter(([, n]) => n).map(([why, n]) => t(`rel.without.${why}`, { n }));
  return element("p", { class: "muted", hidden: !parts.length }, parts.join(" "));
}

/** @param {Condition | null} condition @param {(condition: Condition | null) => void} take */
function rangeBoxes(condition, take) {
  const ends = condition && "from" in condition ? condition : { from: null, to: null };
  const [from, to] = [ends.from, ends.to].map((value) => element("input", { type: "text", inputMode: "decimal", size: 8, value: value === null ? "" : String(value), autocomplete: "off" }));
  const form = element("form", { class: "rel-range" }, element("label", {}, t("rel.range.from"), from), element("label", {}, t("rel.range.to"), to), element("button", { type: "submit" }, t("rel.range.do")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take(range(from.value, to.value));
  });
  return form;
}

/** @param {Scale} scale @param {Condition | null} condition @param {(condition: Condition | null) => void} take */
function valueBoxes({ values }, condition, take) {
  const chosen = new Set(condition && "is" in condition ? condition.is : []);
  const items = values.slice(0, 500).map((value) => {
    const box = element("input", { type: "checkbox", checked: chosen.has(value) });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(value);
      else chosen.delete(value);
      take(chosen.size ? { is: values.filter((each) => chosen.has(each)) } : null);
    });
    return element("li", {}, element("label", {}, box, element("span", {}, valueWord("", value))));
  });
  return findable(items);
}
