// Panels that plugins add to a page: asked for one after another once the page stands, so that a slow
// one delays nothing else, and asked anew when a run of the page changed. Whatever they say is text.
import { ApiError, ask, runAddress, spell, spellList } from "./api.js";
import { byId, element, pageData } from "./dom.js";
import { isOdd, shown, whole } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {string | number | boolean | null} Cell */
/** @typedef {{text?: string, columns?: Cell[], rows?: Cell[][], is_cut: boolean}} Content */
/** @typedef {{content?: Content | null, problem?: string | null, runs?: string[]}} Answer */

/** How long a panel may take, and how long to wait where the server is busy with others; in milliseconds. */
const PATIENCE = 30_000;
const PAUSE = 2000;

/** @type {PluginPanel[]} */
let all = [];
let busy = false;
let again = false;

/**
 * Draws the panels of this page, or draws them anew.
 * @param {"run" | "compare"} page
 * @param {string[]} runs those that the page shows
 */
export async function drawPanels(page, runs) {
  again = true;
  if (busy) return;
  busy = true;
  if (!all.length) all = pageData().panels.map((/** @type {string} */ title) => new PluginPanel(page, title, runs));
  try {
    while (again) {
      again = false;
      for (const panel of all) await panel.refresh();
    }
  } finally {
    busy = false;
  }
}

class PluginPanel {
  /** @param {"run" | "compare"} page @param {string} title @param {string[]} runs */
  constructor(page, title, runs) {
    this.title = title;
    this.again = () => drawPanels(page, runs);
    this.address = `api/panel?page=${page}&title=${spell(title)}&runs=${spellList(runs)}`;
    this.drawn = "";
    this.body = element("div", {}, element("p", { class: "muted" }, t("added.waiting")));
    this.section = element("section", { class: "section" }, element("h2", {}, title), this.body);
    byId("plugin-panels").append(this.section);
  }

  async refresh() {
    const signal = AbortSignal.timeout(PATIENCE);
    try {
      this.draw(await ask(this.address, { signal }));
    } catch (error) {
      if (!(error instanceof ApiError) && !signal.aborted) throw error;
      if (error instanceof ApiError && error.status === 503) setTimeout(this.again, PAUSE);
      else if (!this.drawn) this.body.replaceChildren(this.unreached());
    }
  }

  unreached() {
    const button = element("button", { type: "button", onclick: this.again }, t("edit.retry"));
    return element("p", { class: "unreached" }, t("added.unreached"), button);
  }

  /** @param {Answer} answer */
  draw(answer) {
    const said = JSON.stringify(answer);
    // What says the same stays as it is, so that a selection of text in it survives.
    if (said === this.drawn) return;
    this.drawn = said;
    const { content, problem, runs = [] } = answer;
    this.section.hidden = !problem && !content;
    this.body.replaceChildren(problem ? element("p", { class: "wrong" }, t("added.failed")) : this.drawnContent(content, runs));
  }

  /** @param {Content | null | undefined} content @param {string[]} runs */
  drawnContent(content, runs) {
    const made = element("div");
    if (content?.rows) made.append(this.table(content.columns ?? [], content.rows, runs));
    else made.append(element("p", { class: "text" }, content?.text));
    if (content?.is_cut) made.append(element("p", { class: "muted" }, t("added.cut")));
    return made;
  }

  /** @param {Cell[]} columns @param {Cell[][]} rows @param {string[]} runs */
  table(columns, rows, runs) {
    const numeric = columns.map((_name, place) => rows.some((row) => isNumber(row[place])));
    const head = columns.map((name, place) => element("th", { scope: "col", class: numeric[place] ? "number" : undefined }, whole(name)));
    const lines = rows.map(([first, ...others]) => element("tr", {}, cell("th", first, runs), ...others.map((value) => cell("td", value, runs))));
    const table = element("table", { class: columns.length ? "plain" : "plain pairs" }, columns.length ? element("thead", {}, element("tr", {}, ...head)) : null, element("tbody", {}, ...lines));
    return element("div", { class: "scroll", role: "region", "aria-label": this.title, tabIndex: 0 }, table);
  }
}

/** @param {Cell} value */
function isNumber(value) {
  return typeof value === "number" || isOdd(value);
}

/** @param {"th" | "td"} tag @param {Cell} value @param {string[]} runs */
function cell(tag, value, runs) {
  const text = whole(value);
  const link = typeof value === "string" && runs.includes(value) ? element("a", { href: runAddress(value) }, value) : null;
  const scope = tag === "th" ? { scope: "row" } : {};
  return element(tag, { ...scope, class: isNumber(value) ? "number" : undefined, title: text }, link ?? shown(value));
}
