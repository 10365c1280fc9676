// The choices of a summary table, each of which is in the address.
import { element } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {{vertical: string, horizontals: string[], results: string[], names: string[], method: string, criteria: string[], best: string, against: string, q: string, hidden: boolean}} Chosen */
/** @typedef {(changes: Partial<Chosen>) => void} Choose */

/** What is no column to group by. */
const PROSE = new Set(["memo", "meta-fit_msg", "meta-git_msg"]);

/**
 * @param {Chosen} chosen
 * @param {string[]} columns keys of all columns
 * @param {unknown[]} rows values of the rows that the table has
 * @param {number} hidden how many runs are hidden
 * @param {Choose} choose
 * @returns {HTMLElement[]}
 */
export function formParts(chosen, columns, rows, hidden, choose) {
  const settings = columns.filter((key) => !key.startsWith("metric-") && !PROSE.has(key));
  const results = [...columns.filter((key) => key.startsWith("metric-")), ...settings];
  return [
    field("pivot.rows", picked(["", ...settings], chosen.vertical, (key) => key || t("pivot.rows.none"), (vertical) => choose({ vertical, against: "" }))),
    field("pivot.columns", several(settings, chosen.horizontals, (horizontals) => choose({ horizontals }))),
    field("pivot.results", named(results, chosen, choose)),
    field("pivot.method", picked(["avg_std", "avg", "max", "min"], chosen.method, (key) => t(`pivot.method.${key}`), (method) => choose({ method }))),
    ...(chosen.method.startsWith("avg") ? [] : [field("pivot.criterion", picked(["", ...results], chosen.criteria[0] ?? "", (key) => key || t("pivot.criterion.own"), (key) => choose({ criteria: key ? [key] : [] })))]),
    field("pivot.best", picked(["max", "min", "none"], chosen.best, (key) => t(`pivot.best.${key}`), (best) => choose({ best }))),
    ...(chosen.vertical && rows.length > 1 ? [field("pivot.against", picked(["", ...rows.map(said)], chosen.against, (row) => row || t("pivot.against.none"), (against) => choose({ against })))] : []),
    field("pivot.search", search(chosen.q, (q) => choose({ q }))),
    ...(hidden ? [hiddenBox(chosen.hidden, hidden, choose)] : []),
  ];
}

/** @param {unknown} value */
function said(value) {
  return value === null || value === undefined ? "" : String(value);
}

/** @param {string} key @param {HTMLElement} control */
function field(key, control) {
  const isGroup = control.tagName === "DIV";
  if (isGroup) control.setAttribute("role", "group");
  if (isGroup) control.setAttribute("aria-label", t(key));
  return element(isGroup ? "div" : "label", { class: "field" }, element("span", { class: "muted" }, t(key)), control);
}

/** @param {string[]} values @param {string} chosen @param {(value: string) => string} text @param {(value: string) => void} take */
function picked(values, chosen, text, take) {
  const all = values.includes(chosen) ? values : [chosen, ...values];
  const box = element("select", {}, ...[...new Set(all)].map((value) => element("option", { value }, text(value))));
  box.value = chosen;
  box.addEventListener("change", () => take(box.value));
  return box;
}

/** @param {string[]} columns @param {string[]} chosen @param {(keys: string[]) => void} take */
function several(columns, chosen, take) {
  const chips = chosen.map((key) => element("span", { class: "chip" }, key, removal(key, () => take(chosen.filter((other) => other !== key)))));
  return element("div", { class: "several" }, ...chips, adding(columns.filter((key) => !chosen.includes(key)), (key) => take([...chosen, key]), t("pivot.columns")));
}

/** @param {string[]} columns @param {Chosen} chosen @param {Choose} choose */
function named(columns, { results, names }, choose) {
  const chips = results.map((key, at) => {
    const name = element("input", { type: "text", value: names[at] ?? key, size: Math.max(6, Math.min(24, (names[at] ?? key).length)), "aria-label": t("pivot.name", { key }), title: key, spellcheck: false });
    name.addEventListener("change", () => choose({ names: names.map((other, place) => (place === at ? name.value.trim() || key : other)) }));
    const without = (/** @type {string[]} */ list) => list.filter((_, place) => place !== at);
    return element("span", { class: "chip" }, name, removal(key, () => choose({ results: without(results), names: without(names) })));
  });
  return element("div", { class: "several" }, ...chips, adding(columns.filter((key) => !results.includes(key)), (key) => choose({ results: [...results, key], names: [...names, key] }), t("pivot.results")));
}

/** @param {string} key @param {() => void} take */
function removal(key, take) {
  const button = element("button", { type: "button", class: "quiet", title: t("pivot.take", { key }), "aria-label": t("pivot.take", { key }) }, "×");
  button.addEventListener("click", take);
  return button;
}

/** @param {string[]} columns @param {(key: string) => void} take @param {string} what */
function adding(columns, take, what) {
  const box = element("select", { "aria-label": `${what}: ${t("pivot.add")}` }, element("option", { value: "" }, t("pivot.add")), ...columns.map((value) => element("option", { value }, value)));
  box.addEventListener("change", () => box.value && take(box.value));
  return box;
}

/** @param {string} q @param {(q: string) => void} take */
function search(q, take) {
  const box = element("input", { type: "search", value: q, spellcheck: false, autocomplete: "off" });
  box.addEventListener("change", () => take(box.value.trim()));
  return box;
}

/** @param {boolean} counts @param {number} hidden @param {Choose} choose */
function hiddenBox(counts, hidden, choose) {
  const box = element("input", { type: "checkbox", checked: counts });
  box.addEventListener("change", () => choose({ hidden: box.checked }));
  return element("label", { class: "field check" }, box, element("span", {}, t("pivot.hidden", { n: hidden })));
}
