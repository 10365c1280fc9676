// A summary table: nested headings, the best of each column marked, and the runs behind a cell.
import { compareAddress, runAddress } from "./api.js";
import { element } from "./dom.js";
import { shown, whole } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {{value: unknown, std: number | null, n: number, odd: number, ids: string[], chosen: string | null, p: number | null}} Cell */
/** @typedef {{rows: unknown[], columns: {values: unknown[], name: string}[], cells: (Cell | null)[][], left_out: number, added: number, lacking: string[], can_test: boolean}} Pivot */

/**
 * @param {Pivot} pivot
 * @param {{corner: string, best: string, against: string, open: (cell: Cell, place: string) => void}} look
 * @returns {HTMLTableElement}
 */
export function pivotTable(pivot, { corner, best, against, open }) {
  const marked = bestPlaces(pivot, best);
  const base = pivot.rows.findIndex((row) => against && text(row) === against);
  const rows = pivot.rows.map((row, at) => {
    const cells = pivot.columns.map((column, place) => {
      const cell = pivot.cells[at][place];
      if (!cell) return element("td", { class: "number muted" }, "–");
      if (!cell.ids.length) return element("td", { class: "number" }, element("span", marked.has(`${at} ${place}`) ? { class: "best" } : {}, ...cellText(cell)));
      const name = [text(row), ...column.values.map(text), column.name].filter(Boolean).join(" · ");
      const button = element("button", { type: "button", class: marked.has(`${at} ${place}`) ? "quiet best" : "quiet", title: full(cell) }, ...cellText(cell), change(cell, base === -1 || base === at ? null : pivot.cells[base][place]));
      button.addEventListener("click", () => open(cell, name));
      return element("td", { class: "number" }, button);
    });
    return element("tr", {}, element("th", { scope: "row" }, text(row)), ...cells);
  });
  return element("table", { class: "plain pivot" }, element("thead", {}, ...headings(pivot, corner)), element("tbody", {}, ...rows));
}

/** @param {unknown} value */
function text(value) {
  return value === null ? t("pivot.missing") : whole(value);
}

/** @param {Pivot} pivot @param {string} corner */
function headings({ columns }, corner) {
  const paths = columns.map(({ values, name }) => [...values.map(text), name]);
  const depth = paths[0]?.length ?? 1;
  return Array.from({ length: depth }, (_, level) => {
    const cells = [];
    for (let at = 0; at < paths.length; ) {
      let end = at + 1;
      const same = (/** @type {number} */ other) => paths[other].slice(0, level + 1).join("\n") === paths[at].slice(0, level + 1).join("\n");
      while (end < paths.length && same(end)) end += 1;
      cells.push(element("th", { scope: end - at > 1 ? "colgroup" : "col", colSpan: end - at }, paths[at][level]));
      at = end;
    }
    return element("tr", {}, element(level === depth - 1 ? "th" : "td", level === depth - 1 ? { scope: "col" } : {}, level === depth - 1 ? corner : ""), ...cells);
  });
}

/** @param {Cell} cell @returns {(Node | string)[]} */
function cellText({ value, std, n, chosen }) {
  const spread = std === null ? [] : [element("span", { class: "muted" }, ` ± ${shown(std)}`)];
  const many = chosen === null && n ? [element("span", { class: "muted n" }, ` (${n})`)] : [];
  return [value === null ? "–" : shown(value), ...spread, ...many];
}

/** @param {Cell} cell @param {Cell | null} base */
function change({ value, p }, base) {
  if (!base || typeof value !== "number" || typeof base.value !== "number") return null;
  const difference = value - base.value;
  const stars = p === null || p >= 0.05 ? "" : p < 0.01 ? "**" : "*";
  return element("span", { class: "delta", title: p === null ? undefined : `p = ${shown(p)}` }, `Δ ${difference > 0 ? "+" : ""}${shown(difference)}${stars}`);
}

/** @param {Cell} cell */
function full({ value, std, n, chosen }) {
  const parts = [value === null ? "–" : whole(value), std === null ? null : `± ${whole(std)}`, chosen ?? `n = ${n}`];
  return parts.filter((part) => part !== null).join(" ");
}

/** @param {Pivot} pivot @param {string} best @returns {Set<string>} row and column of the best cells */
function bestPlaces({ columns, cells }, best) {
  const places = new Set();
  columns.forEach((_, place) => {
    const values = cells.map((line) => line[place]?.value).map((value) => (typeof value === "number" ? value : null));
    const numbers = values.filter((value) => value !== null);
    if (best === "none" || numbers.length < 2) return;
    const wanted = best === "max" ? Math.max(...numbers) : Math.min(...numbers);
    values.forEach((value, at) => value === wanted && places.add(`${at} ${place}`));
  });
  return places;
}

/**
 * @param {Cell} cell
 * @param {string} place
 * @returns {HTMLElement[]} the runs behind a cell
 */
export function sources({ ids, odd, chosen }, place) {
  const items = ids.map((id) => element("li", {}, element("a", { href: runAddress(id) }, id), id === chosen ? element("span", { class: "muted" }, ` ${t("pivot.sources.chosen")}`) : null));
  const note = odd ? element("p", { class: "muted" }, t("pivot.sources.odd", { n: odd })) : null;
  const more = ids.length > 1 ? element("p", {}, element("a", { href: compareAddress(ids) }, t("pivot.compare"))) : null;
  const parts = [element("h2", {}, t("pivot.sources", { n: ids.length, place })), note, element("ul", { class: "sources" }, ...items), more];
  return parts.filter((part) => part !== null);
}
