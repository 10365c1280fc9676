// What the page of relations shows, as its address keeps it.
import { changeAddress, nameOf, readList, spell, spellList } from "./api.js";
import { Filters, readFilters, spellCondition } from "./filters.js";

/** @typedef {import("./relation_scales.js").Kind} Kind */
/** @typedef {{key: string, numbers: number, texts: number, values: number}} Likeness of a column, by some of the runs */

const KINDS = ["linear", "log", "category"];
/** How many axes are drawn where nobody chose. */
const MOST_SETTINGS = 6;
const MOST_RESULTS = 2;
/** More texts than this are no axis that anybody would begin with. */
const MOST_TEXTS = 30;
/** What of the address means nothing to the run table. */
const OWN = /^(chart|x|y|colour|axes|as\..*|b\..*|order|result|runs)$/;

/** What is shown; every change goes into the address. */
export class State {
  /** @param {Likeness[]} columns */
  constructor(columns) {
    const query = new URLSearchParams(location.search);
    /** @type {string[]} */
    this.axes = [];
    this.x = "";
    this.y = "";
    /** The column that colours, `none` for one colour. */
    this.colour = "none";
    this.offer(columns);
    this.chart = query.get("chart") === "scatter" ? "scatter" : "parallel";
    this.q = query.get("q") ?? "";
    this.order = query.get("order") ?? "";
    this.result = query.get("result") ?? "";
    this.runs = readList("runs");
    /** @type {Map<string, Kind>} */
    this.kinds = new Map([...query].filter(([name, kind]) => name.startsWith("as.") && KINDS.includes(kind)).map(([name, kind]) => [name.slice(3), /** @type {Kind} */ (kind)]));
    this.brushes = readFilters("b.");
  }

  /** What the address does not choose is chosen by what the columns hold. @param {Likeness[]} columns */
  offer(columns) {
    const query = new URLSearchParams(location.search);
    const offered = defaults(columns);
    const axes = readList("axes");
    this.axes = axes.length ? axes : offered.axes;
    this.x = query.get("x") ?? offered.x;
    this.y = query.get("y") ?? offered.y;
    this.colour = query.get("colour") ?? (offered.y || "none");
  }

  /** @returns {string[]} the columns that are axes now */
  shown() {
    return this.chart === "scatter" ? [this.x, this.y].filter(Boolean) : this.axes;
  }

  /** @param {Partial<Pick<State, "chart" | "axes" | "x" | "y" | "colour" | "q" | "order" | "result" | "runs">>} changes */
  put(changes) {
    Object.assign(this, changes);
    const spelled = Object.entries(changes).map(([name, value]) => [name, Array.isArray(value) ? spellList(value) : spell(String(value))]);
    changeAddress(Object.fromEntries(spelled));
  }

  /** @param {string} key @param {Kind | null} kind null to choose it by the values */
  putKind(key, kind) {
    if (kind) this.kinds.set(key, kind);
    else this.kinds.delete(key);
    changeAddress({ [`as.${spell(key)}`]: kind ?? "" });
  }

  /** @param {string} key @param {import("./filters.js").Condition | null} condition @param {boolean} keep whether the address is to know */
  brush(key, condition, keep) {
    this.brushes.put(key, condition);
    if (keep) changeAddress({ [`b.${spell(key)}`]: condition ? spellCondition(condition) : "" });
  }

  clearBrushes() {
    for (const key of this.brushes.keys()) this.brush(key, null, true);
    this.brushes = new Filters();
  }

  /** @returns {string} the query of the run table with what is chosen here, the brushes as its conditions */
  tableQuery() {
    const kept = location.search.slice(1).split("&").filter((part) => part && !OWN.test(nameOf(part)));
    const brushed = this.brushes.keys().map((key) => `f.${spell(key)}=${spellCondition(/** @type {any} */ (this.brushes.of(key)))}`);
    const replaced = new Set(this.brushes.keys().map((key) => `f.${key}`));
    const parts = [...kept.filter((part) => !replaced.has(nameOf(part))), ...brushed];
    return parts.length ? `?${parts.join("&")}` : "";
  }
}

/** @param {Likeness[]} columns @returns {{axes: string[], x: string, y: string}} */
function defaults(columns) {
  const differ = columns.filter(({ values, numbers, texts }) => values > 1 && (numbers >= texts || values <= MOST_TEXTS));
  const at = differ.length ? differ : columns.filter(({ values }) => values > 0);
  const settings = at.filter(({ key }) => key.startsWith("hyper-"));
  const results = at.filter(({ key, numbers }) => key.startsWith("metric-") && numbers > 0);
  const numbers = settings.filter(({ numbers: n, texts }) => n > texts);
  const axes = [...settings.slice(0, MOST_SETTINGS), ...results.slice(0, MOST_RESULTS)].map(({ key }) => key);
  return { axes, x: (numbers[0] ?? settings[0] ?? results[1])?.key ?? "", y: results[0]?.key ?? "" };
}
