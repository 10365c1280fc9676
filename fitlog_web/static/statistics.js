// The dialog with the statistics of the selected runs, each of which may become a row of the table.
import { mayChange } from "./allowed.js";
import { ask, changeAddress } from "./api.js";
import { element } from "./dom.js";
import { count, shortNumber, whole } from "./format.js";
import { contrastsOf } from "./contrasts.js";
import { t } from "./i18n.js";
import { openDialog, sayFailed, toast } from "./shell.js";
import { remember } from "./showing.js";
import { takeAway } from "./take_away.js";
import { inView } from "./view.js";
import "./stats_texts.js";

/** @typedef {{n: number, missing: number, odd: number, mean: number, std: number | null, median: number, min: number, max: number}} Spread */
/** @typedef {"mean" | "std" | "median" | "min" | "max"} Figure */

const FIGURES = /** @type {Figure[]} */ (["mean", "std", "median", "min", "max"]);

/**
 * @param {string[]} ids
 * @param {() => Promise<void>} changed a row was added to the table, or taken away again
 */
export async function openStatistics(ids, changed) {
  const { columns, shared, splits } = await ask("api/statistics", { method: "POST", body: inView({ ids }) });
  const names = Object.keys(columns);
  if (!names.length) {
    toast(t("stats.none"));
    return;
  }
  const figure = element("select", { "aria-label": t("stats.which") }, ...FIGURES.map((name) => element("option", { value: name }, t(`stats.${name}`))));
  const add = element("button", { type: "button" }, t("stats.add"));
  const table = element("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": t("selection.stats") }, tableOf(columns, ids.length));
  const dialog = openDialog(t("stats.title", { n: count(ids.length) }), table, ...notes(columns), ...(mayChange() ? [element("div", { class: "actions" }, figure, add)] : []), ...contrastsOf(ids, splits));
  dialog.classList.add("wide");
  remember("stats", "1");
  dialog.addEventListener("close", () => changeAddress({ stats: "", vs: "", "vs.a": "", "vs.b": "" }));
  add.addEventListener("click", async () => {
    const kind = /** @type {Figure} */ (figure.value);
    try {
      const id = await addRow(kind, columns, shared, ids);
      dialog.close();
      toast(t("stats.added", { id }), { actions: [[t("undo"), () => takeAway(id, changed)]] });
      await changed();
    } catch (error) {
      dialog.close();
      sayFailed(error);
    }
  });
}

/** @param {Record<string, Spread>} columns @param {number} runs */
function tableOf(columns, runs) {
  const head = ["metric", "n", ...FIGURES].map((name) => element("th", { scope: "col", class: name === "metric" ? undefined : "number" }, t(`stats.${name}`)));
  const rows = Object.entries(columns).map(([key, spread]) => {
    const n = spread.n === runs ? count(spread.n) : t("stats.of", { n: spread.n, total: runs });
    const cells = FIGURES.map((name) => {
      const value = spread[name];
      return element("td", { class: "number", title: value === null ? "" : whole(value) }, value === null ? "–" : shortNumber(value));
    });
    return element("tr", {}, element("th", { scope: "row" }, key.replace(/^metric-/, "")), element("td", { class: "number" }, n), ...cells);
  });
  return element("table", { class: "plain" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}

/** @param {Record<string, Spread>} columns what was left out of the figures, in words */
function notes(columns) {
  const all = Object.values(columns);
  const said = [];
  if (all.some(({ missing }) => missing)) said.push(t("stats.missing"));
  if (all.some(({ odd }) => odd)) said.push(t("stats.odd"));
  if (all.some(({ std }) => std === null)) said.push(t("stats.single"));
  return said.map((text) => element("p", { class: "note" }, text));
}

/** @param {Figure} kind @param {Record<string, Spread>} columns @param {Record<string, unknown>} shared @param {string[]} ids */
async function addRow(kind, columns, shared, ids) {
  const figures = Object.entries(columns).filter(([, spread]) => spread[kind] !== null).map(([key, spread]) => [key, spread[kind]]);
  const id = `stats_${kind}_${crypto.getRandomValues(new Uint32Array(1))[0].toString(16).padStart(8, "0")}`;
  const memo = `${kind} of ${ids.join(", ")}`;
  await ask("api/runs", { method: "POST", body: { id, ...shared, ...Object.fromEntries(figures), memo } });
  return id;
}
