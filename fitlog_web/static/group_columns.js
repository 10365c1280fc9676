// The columns of the table of groups: what the runs of a group share, how many they are, each metric's spread.
import { nameOf, spell } from "./api.js";
import { STATES } from "./columns.js";
import { element } from "./dom.js";
import { spellCondition, valueWord } from "./filters.js";
import { count, shown, whole } from "./format.js";
import { t } from "./i18n.js";
import { compareValues } from "./values.js";
import "./stats_texts.js";

/** @typedef {import("./statistics.js").Spread} Spread */
/** @typedef {{values: Record<string, unknown>, ids: string[], columns: Record<string, Spread>}} Group */
/** @typedef {import("ag-grid-community").ColDef<Group>} ColDef */
/** @typedef {import("ag-grid-community").ColGroupDef<Group>} ColGroupDef */

const FIGURES = /** @type {const} */ (["mean", "std", "min", "max"]);
const FIGURE_WIDTH = 92;
/** How wide the figures of one metric are, in pixels. */
export const METRIC_WIDTH = FIGURES.length * FIGURE_WIDTH;
const RIGHT = { headerClass: "ag-right-aligned-header", cellClass: "ag-right-aligned-cell" };

/**
 * @param {Group[]} groups
 * @param {string[]} by the columns that the runs of a group are the same in
 * @param {string[]} metrics
 * @param {() => boolean} added whether there are rows added by hand in view
 * @returns {(ColDef | ColGroupDef)[]}
 */
export function groupColumns(groups, by, metrics, added) {
  return [...by.map((key) => settingColumn(key, groups)), runsColumn(by, added), ...metrics.map(metricColumns)];
}

/** @param {string} key @param {Group[]} groups @returns {ColDef} */
function settingColumn(key, groups) {
  const values = groups.map(({ values }) => values[key]);
  const name = key.replace(/^hyper-/, "");
  const longest = Math.max(name.length + 4, ...values.slice(0, 300).map((value) => shown(value).length));
  return {
    colId: key,
    headerName: name,
    headerTooltip: key,
    valueGetter: ({ data }) => data?.values[key] ?? null,
    valueFormatter: ({ value }) => (value === null ? "" : valueWord(key, whole(value))),
    tooltipValueGetter: ({ value }) => whole(value) || null,
    comparator: compareValues,
    width: Math.min(260, Math.max(72, 26 + longest * 7.8)),
    ...(values.some((value) => typeof value === "number") ? RIGHT : {}),
  };
}

/** @param {string[]} by @param {() => boolean} added @returns {ColDef} */
function runsColumn(by, added) {
  return {
    colId: "n",
    headerName: t("groups.runs"),
    valueGetter: ({ data }) => data?.ids.length,
    cellRenderer: RunsLink,
    cellRendererParams: { address: (/** @type {Group} */ group) => addressOf(group, by, added()) },
    width: 84,
    ...RIGHT,
  };
}

/** @typedef {{data?: Group, address: (group: Group) => string}} LinkOf */

/** The number of a group's runs, which leads to them: one element as long as the group is there, so that no click is lost. */
class RunsLink {
  /** @param {LinkOf} cell */
  init(cell) {
    this.link = element("a", { title: t("groups.open"), tabIndex: -1 });
    this.refresh(cell);
  }

  getGui() {
    return /** @type {HTMLElement} */ (this.link);
  }

  /** @param {LinkOf} cell */
  refresh({ data, address }) {
    if (!data || !this.link) return false;
    this.link.href = address(data);
    this.link.textContent = count(data.ids.length);
    return true;
  }
}

/**
 * @param {Group} group
 * @param {string[]} by
 * @param {boolean} added whether there are rows added by hand, which are in no group: they have no state
 * @returns {string} the address of the table with the group's runs only
 */
function addressOf({ values }, by, added) {
  /** @type {[string, string[]][]} */
  const wanted = by.map((key) => [key, [whole(values[key])]]);
  const parts = location.search.slice(1).split("&").filter(Boolean);
  if (added && !by.includes("state") && !parts.some((part) => nameOf(part) === "f.state")) wanted.push(["state", STATES]);
  const conditions = wanted.map(([key, is]) => [`f.${spell(key)}`, spellCondition({ is })]);
  const replaced = new Set(["group", "gsort", ...wanted.map(([key]) => `f.${key}`)]);
  const kept = parts.filter((part) => !replaced.has(nameOf(part)));
  return `?${[...kept, ...conditions.map(([name, value]) => `${name}=${value}`)].join("&")}`;
}

/** @param {string} key @returns {ColGroupDef} */
function metricColumns(key) {
  const children = FIGURES.map((figure) => ({
    colId: `${key} ${figure}`,
    headerName: t(figure === "std" ? "groups.spread" : `stats.${figure}`),
    headerTooltip: figure === "std" ? t("groups.std") : undefined,
    valueGetter: (/** @type {{data?: Group}} */ { data }) => data?.columns[key]?.[figure] ?? null,
    valueFormatter: (/** @type {{value: unknown}} */ { value }) => (value === null ? "–" : shown(value)),
    tooltipValueGetter: (/** @type {{data?: Group, value?: unknown}} */ { data, value }) => figureTitle(data, key, value),
    comparator: compareValues,
    width: FIGURE_WIDTH,
    ...RIGHT,
  }));
  return { groupId: key, headerName: key.replace(/^metric-/, ""), children };
}

/** @param {Group | undefined} group @param {string} key @param {unknown} value */
function figureTitle(group, key, value) {
  const n = group?.columns[key]?.n ?? 0;
  return `${value === null ? "–" : whole(value)} (${t("stats.of", { n, total: group?.ids.length ?? 0 })})`;
}
