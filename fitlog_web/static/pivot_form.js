// The choices of a summary table, each of which is in the address.
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { moved } from "./pivot_drag.js";

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
  const used = new Set([chosen.vertical, ...chosen.horizontals, ...chosen.results]);
  return [
    place("rows", field("pivot.rows", picked(["", ...settings], chosen.vertical, (key) => key || t("pivot.rows.none"), (vertical) => choose({ vertical, against: "" }))), chosen.vertical ? grip(chosen.vertical) : null),
    place("columns", field("pivot.columns", several(settings, chosen, choose))),
    place("results", field("pivot.results", named(results, chosen, choose))),
    field("pivot.method", picked(["avg_std", "avg", "max", "min"], chosen.method, (key) => t(`pivot.method.${key}`), (method) => choose({ method }))),
    ...(chosen.method.startsWith("avg") ? [] : [field("pivot.criterion", criterion(results, chosen, choose))]),
    field("pivot.best", picked(["max", "min", "none"], chosen.best, (key) => t(`pivot.best.${key}`), (best) => choose({ best }))),
    ...(chosen.vertical && rows.length > 1 ? [field("pivot.against", picked(["", ...rows.map(said)], chosen.against, (row) => row || t("pivot.against.none"), (against) => choose({ against })))] : []),
    field("pivot.search", search(chosen.q, (q) => choose({ q }))),
    ...(hidden ? [hiddenBox(chosen.hidden, hidden, choose)] : []),
    unused([...settings, ...columns.filter((key) => key.startsWith("metric-"))].filter((key) => !used.has(key))),
  ];
}

/**
 * By what the run is chosen; several, of which the first that a run has counts, are a choice of their own.
 * @param {string[]} results @param {Chosen} chosen @param {Choose} choose
 */
function criterion(results, { criteria }, choose) {
  const several = criteria.length > 1 ? [criteria.join("\n")] : [];
  const told = (/** @type {string} */ key) => key.split("\n").join(t("pivot.criterion.then")) || t("pivot.criterion.own");
  return picked(["", ...several, ...results], criteria.join("\n"), told, (key) => choose({ criteria: key ? key.split("\n") : [] }));
}

/**
 * Makes a choice a place that columns are dragged to and from.
 * @param {import("./pivot_drag.js").Place} name @param {HTMLElement} made @param {HTMLElement | null} [handle]
 */
function place(name, made, handle = null) {
  made.dataset.place = name;
  if (handle) made.lastElementChild?.before(handle);
  return made;
}

/** @param {string} key @returns {HTMLElement} what a column is dragged by: all of its chip would leave no text of a name to mark */
function grip(key) {
  return element("span", { class: "grip", draggable: true, "data-drag": key, "aria-hidden": "true", title: t("pivot.drag", { key }) }, "⠿");
}

/** @param {string[]} columns those that stand nowhere in the table */
function unused(columns) {
  const chips = columns.map((key) => element("span", { class: "chip whole", draggable: true, "data-drag": key }, element("span", { class: "grip", "aria-hidden": "true" }, "⠿"), key));
  const list = element("div", { class: "several", role: "group", tabIndex: 0, "aria-label": t("pivot.unused") }, ...chips, ...(chips.length ? [] : [element("span", { class: "muted" }, t("pivot.unused.none"))]));
  return place("unused", element("div", { class: "field unused" }, element("span", { class: "muted", title: t("pivot.unused.how") }, t("pivot.unused")), list));
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

/** @param {string[]} columns @param {Chosen} chosen @param {Choose} choose */
function several(columns, chosen, choose) {
  const { horizontals } = chosen;
  const chips = horizontals.map((key, at) => element("span", { class: "chip", "data-at": String(at) }, grip(key), key, removal({ key, from: "columns" }, at, chosen, choose)));
  return element("div", { class: "several" }, ...chips, adding(columns.filter((key) => !horizontals.includes(key)), (key) => choose({ horizontals: [...horizontals, key] }), t("pivot.columns")));
}

/** @param {string[]} columns @param {Chosen} chosen @param {Choose} choose */
function named(columns, chosen, choose) {
  const { results, names } = chosen;
  const chips = results.map((key, at) => {
    const name = element("input", { type: "text", value: names[at] ?? key, size: Math.max(6, Math.min(24, (names[at] ?? key).length)), "aria-label": t("pivot.name", { key }), title: key, spellcheck: false });
    name.addEventListener("change", () => choose({ names: names.map((other, place) => (place === at ? name.value.trim() || key : other)) }));
    return element("span", { class: "chip", "data-at": String(at) }, grip(key), name, removal({ key, from: "results" }, at, chosen, choose));
  });
  return element("div", { class: "several" }, ...chips, adding(columns.filter((key) => !results.includes(key)), (key) => choose({ results: [...results, key], names: [...names, key] }), t("pivot.results")));
}

/**
 * A button that takes a column out; the arrow keys on it move the column, for those who do not drag.
 * @param {import("./pivot_drag.js").Dragged} column @param {number} at @param {Chosen} chosen @param {Choose} choose
 */
function removal(column, at, chosen, choose) {
  const { key, from } = column;
  const said = t("pivot.take", { key });
  const button = element("button", { type: "button", class: "quiet", title: `${said} ${t("pivot.move")}`, "aria-label": said, "aria-keyshortcuts": "ArrowLeft ArrowRight", "data-key": `${from} ${key}` }, "×");
  /** @param {import("./pivot_drag.js").Target} target */
  const move = (target) => choose(moved(chosen, column, target) ?? {});
  button.addEventListener("click", () => move({ place: "unused", before: 0 }));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const before = event.key === "ArrowLeft" ? at - 1 : at + 2;
    if (before >= 0) move({ place: from, before });
  });
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
