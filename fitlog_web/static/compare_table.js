// What differs among runs, side by side: one column a run or a group, likely causes first.
import { runAddress } from "./api.js";
import { swatch } from "./colours.js";
import { element } from "./dom.js";
import { shown, whole } from "./format.js";
import "./compare_texts.js";
import { t } from "./i18n.js";

/** @typedef {{values: {value: unknown, n: number}[], missing: number}} Cell */
/** @typedef {{name: string, cells: Cell[]}} Line */
/** @typedef {{name: string, differs: Line[], same: Line[], unknown: string[]}} Part */
/** @typedef {{runs: string[], shared: Record<string, unknown>}} Column */
/** @typedef {{columns: Column[], parts: Part[], versions: Record<string, string | null>, problems: Record<string, string>}} Comparison */
/** @typedef {(id: string) => {colour: number, dash: number}} LookOf */

/** Values of a cell, and ids of a note, that are told at once. */
const TOLD = 4;

/**
 * @param {Comparison} found
 * @param {LookOf} lookOf
 * @param {Set<string>} unfolded parts whose lines that are the same are shown; kept up to date
 * @returns {HTMLElement[]}
 */
export function comparisonTable(found, lookOf, unfolded) {
  const parts = found.parts.filter(({ differs, same, unknown }) => differs.length || same.length || unknown.length);
  const table = element("table", { class: "plain differs", "aria-label": t("side.table") }, element("thead", {}, headings(found, lookOf)), ...parts.flatMap((part) => partOf(part, found, unfolded)));
  return [element("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": t("side.table") }, table)];
}

/** @param {Comparison} found @param {LookOf} lookOf */
function headings({ columns }, lookOf) {
  const single = columns.every(({ runs, shared }) => runs.length === 1 && !Object.keys(shared).length);
  const cells = columns.map((column) => {
    const [id] = column.runs;
    if (single) return element("th", { scope: "col" }, element("a", { href: runAddress(id) }, swatch(lookOf(id)), id));
    return element("th", { scope: "col", title: column.runs.join("\n") }, t("side.group", { name: nameOf(column), n: column.runs.length }));
  });
  return element("tr", {}, element("td"), ...cells);
}

/** @param {Column} column */
function nameOf({ shared }) {
  return Object.entries(shared).map(([key, value]) => `${key.replace("hyper-", "")}=${whole(value) || "–"}`).join(", ") || t("side.everything");
}

/** @param {Part} part @param {Comparison} found @param {Set<string>} unfolded @returns {HTMLElement[]} its lines; those that are the same folded */
function partOf(part, found, unfolded) {
  const { name, differs, same } = part;
  const width = found.columns.length + 1;
  const folded = element("tbody", { hidden: !unfolded.has(name) }, ...same.map((line) => lineOf(name, line)));
  const head = element("th", { scope: "rowgroup", colSpan: width }, element("span", { class: "title" }, t(`side.${name}`)), differs.length ? element("span", { class: "muted" }, t("side.differ", { n: differs.length })) : null);
  if (same.length) head.append(foldButton(part, folded, unfolded));
  const notes = notesOf(part, found).map((text) => element("tr", {}, element("td", { class: "note muted", colSpan: width }, text)));
  const links = name === "code" ? codeLinks(found) : [];
  const lines = differs.map((line) => lineOf(name, line));
  return [element("tbody", { "data-part": name }, element("tr", { class: "part" }, head), ...notes, ...lines, ...links), ...(same.length ? [folded] : [])];
}

/** @param {Part} part @param {HTMLElement} folded @param {Set<string>} unfolded */
function foldButton({ name, same }, folded, unfolded) {
  const button = element("button", { type: "button", class: "quiet", "aria-expanded": String(!folded.hidden) }, t("side.same", { n: same.length }));
  button.addEventListener("click", () => {
    folded.hidden = unfolded.delete(name) || !unfolded.add(name);
    button.setAttribute("aria-expanded", String(!folded.hidden));
  });
  return button;
}

/** @param {Part} part @param {Comparison} found @returns {string[]} what could not be compared, and why */
function notesOf({ name, unknown, differs }, { columns, problems }) {
  const total = columns.reduce((sum, { runs }) => sum + runs.length, 0);
  const ids = unknown.length > TOLD ? `${unknown.slice(0, TOLD).join(", ")}, … (${unknown.length})` : unknown.join(", ");
  if (name !== "code") return unknown.length ? [unknown.length === total ? t("side.unknown.all") : t("side.unknown", { ids })] : [];
  const said = unknown.length ? [t("side.nocode", { ids, problem: problems[unknown[0]] ?? "" })] : [];
  return [...said, ...(problems[""] ? [problems[""]] : []), ...(differs.some(({ cells }) => cells.some(({ values }) => values.some(({ value }) => value === "A"))) ? [t("side.letters")] : [])];
}

/** @param {Comparison} found @returns {HTMLElement[]} a line of ways to what differs in the code, one for each column but the first */
function codeLinks({ columns, versions }) {
  const first = columns[0]?.runs.find((id) => versions[id]);
  if (!first || columns.length < 2) return [];
  const cells = columns.map(({ runs }, at) => {
    const other = at ? runs.find((id) => versions[id] && versions[id] !== versions[first]) : undefined;
    if (!other) return element("td");
    return element("td", {}, element("a", { href: `${runAddress(other)}/code?against=${encodeURIComponent(first)}`, "aria-label": `${other}: ${t("side.difference")}` }, t("side.difference")));
  });
  return [element("tr", {}, element("td"), ...cells)];
}

/** @param {string} part @param {Line} line */
function lineOf(part, { name, cells }) {
  const told = part === "code" && name === "version" ? t("side.version") : name;
  const base = JSON.stringify(cells[0]);
  const made = cells.map((cell, at) => cellOf(cell, at > 0 && JSON.stringify(cell) !== base));
  return element("tr", {}, element("th", { scope: "row", title: told }, told), ...made);
}

/** @param {Cell} cell @param {boolean} unlike whether it is not as the first column's */
function cellOf({ values, missing }, unlike) {
  const total = values.reduce((sum, { n }) => sum + n, missing);
  const spelled = values.map(({ value, n }) => ({ text: quoted(value), n, full: full(value) }));
  // Where every run has a value of its own the counts would say nothing.
  const counts = missing > 1 || values.some(({ n }) => n > 1) || (missing > 0 && values.length > 0);
  const times = (/** @type {string} */ value, /** @type {number} */ n) => (total > 1 && counts ? `${value} × ${n}` : value);
  const parts = spelled.slice(0, TOLD).map(({ text, n }) => element("span", { class: "value" }, times(text, n)));
  if (values.length > TOLD) parts.push(element("span", { class: "value muted" }, t("side.more", { n: values.length - TOLD })));
  if (missing) parts.push(element("span", { class: "value muted" }, times(t("side.missing"), missing)));
  const isNumber = total === 1 && typeof values[0]?.value === "number";
  const title = [...spelled.map((each) => times(each.full, each.n)), ...(missing ? [times(t("side.missing"), missing)] : [])].join("\n");
  return element("td", { class: [isNumber ? "number" : "", unlike ? "unlike" : ""].filter(Boolean).join(" ") || undefined, title }, ...parts);
}

/** @param {unknown} value @returns {string} numbers in full: what differs in the last digit would look the same */
function quoted(value) {
  if (value === null) return "None";
  if (typeof value === "string" && value.trim() && !Number.isNaN(Number(value)) && !["Infinity", "-Infinity"].includes(value)) return `"${value}"`;
  return typeof value === "number" ? whole(value) : value === "" ? '""' : shown(value);
}

/** @param {unknown} value */
function full(value) {
  return value === null ? "None" : whole(value);
}
