// What differs between two runs, likely causes first: values in tables, code as unified differences.
import { element } from "./dom.js";
import { shown, whole } from "./format.js";
import { t } from "./i18n.js";

/** Lines of a file that are shown until somebody asks for more. */
const LINES = 400;
const LISTED = 20;

/** @typedef {{name: string, old: unknown, new: unknown}} Change */
/** @typedef {{path: string, kind: string, added: number, removed: number, lines: string[], is_loaded: boolean, note: string, old_path: string}} FileChange */

/**
 * @param {Record<string, any>} difference as the server tells it
 * @returns {HTMLElement[]} what shows it
 */
export function differenceView(difference) {
  const isTree = difference.new === "the working tree";
  const title = element("h2", {}, `${difference.old} → ${isTree ? t("difference.tree") : difference.new}`);
  const parts = Object.keys(difference).filter((name) => name === "code" || Array.isArray(difference[name]));
  const sections = parts.flatMap((name) => (name === "code" ? codePart(difference.code) : valuePart(name, difference[name])));
  const rest = sections.length ? [] : [element("p", { class: "muted" }, t("difference.nothing"))];
  return [title, ...sections, ...rest, ...footnotes(difference, isTree)];
}

/** @param {Record<string, any>} difference @param {boolean} isTree */
function footnotes({ same, unknown }, isTree) {
  const names = (/** @type {string[]} */ parts) => parts.map((part) => t(`part.${part}`)).join(", ");
  const note = (/** @type {string} */ key, /** @type {string[]} */ parts) => (parts.length ? [element("p", { class: "muted" }, t(key, { names: names(parts) }))] : []);
  return [...note("difference.same", same), ...note(isTree ? "difference.unknown.tree" : "difference.unknown", unknown)];
}

/** @param {string} name @param {Change[]} changes */
function valuePart(name, changes) {
  // What is the same, and lists of names, are told below.
  if (!changes.length || !changes.every((change) => change !== null && typeof change === "object")) return [];
  const section = element("section", { class: "section" }, element("h3", {}, t(`part.${name}`)), scrolling(valueTable(changes.slice(0, LISTED))));
  if (changes.length > LISTED) section.append(moreButton(changes.length - LISTED, () => section.querySelector("table")?.replaceWith(valueTable(changes))));
  return [section];
}

/** @param {HTMLElement} table */
function scrolling(table) {
  return element("div", { class: "scroll" }, table);
}

/** @param {Change[]} changes */
function valueTable(changes) {
  const cell = (/** @type {unknown} */ value, /** @type {string} */ kind) => element("td", { class: kind, title: value === null ? undefined : whole(value) }, value === null ? "–" : words(value));
  const rows = changes.map((change) => element("tr", {}, element("th", { scope: "row" }, change.name), cell(change.old, "removed"), cell(change.new, "added")));
  const head = element("tr", {}, element("td"), element("th", { scope: "col" }, t("difference.before")), element("th", { scope: "col" }, t("difference.after")));
  return element("table", { class: "plain causes" }, element("thead", {}, head), element("tbody", {}, ...rows));
}

/** @param {unknown} value @returns {string} numbers in full: what differs in the last digit would look the same */
function words(value) {
  return typeof value === "number" ? whole(value) : shown(value);
}

/** @param {{files: FileChange[], values: Change[], problem: string | null}} code */
function codePart({ files, values, problem }) {
  if (!files.length && !values.length && !problem) return [];
  const section = element("section", { class: "section" }, element("h3", {}, t("part.code")));
  if (problem) section.append(element("p", { class: "notice" }, t("difference.problem", { problem })));
  if (values.length) section.append(scrolling(valueTable(values)));
  section.append(...files.map(fileDifference));
  return [section];
}

/** @param {FileChange} file */
function fileDifference(file) {
  const facts = [
    file.kind === "added" || file.kind === "removed" ? t(`difference.${file.kind}`) : null,
    file.kind === "renamed" ? t("difference.renamed", { path: file.old_path }) : null,
    file.note || null,
    file.is_loaded ? null : t("difference.unloaded"),
  ].filter((fact) => fact !== null);
  const counts = file.lines.length ? [element("span", { class: "added" }, `+${file.added}`), element("span", { class: "removed" }, `−${file.removed}`)] : [];
  const summary = element("summary", {}, element("code", {}, file.path), ...counts, element("span", { class: "muted" }, facts.join(", ")));
  const details = element("details", { class: "file-difference", open: file.kind !== "removed" && file.lines.length > 0 }, summary);
  if (file.lines.length) details.append(lineView(file.lines));
  return details;
}

/** @param {string[]} lines */
function lineView(lines) {
  const box = element("div", {}, element("pre", { class: "unified", tabIndex: 0 }, ...lines.slice(0, LINES).map(lineOf)));
  const rest = lines.slice(LINES);
  if (rest.length) box.append(moreButton(rest.length, () => box.querySelector("pre")?.append(...rest.map(lineOf))));
  return box;
}

/** @param {string} line */
function lineOf(line) {
  const kind = { "+": "added", "-": "removed", "@": "place" }[line[0]] ?? "kept";
  return element("span", { class: `line ${kind}` }, `${line}\n`);
}

/** @param {number} n @param {() => void} show */
function moreButton(n, show) {
  const button = element("button", { type: "button" }, t("difference.more", { n }));
  button.addEventListener("click", () => {
    show();
    button.remove();
  });
  return button;
}
