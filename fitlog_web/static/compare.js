// Several runs side by side: any loss or metric in one chart, and what differs in their settings.
import { ApiError, ask, changeAddress, readList, runAddress, spellList } from "./api.js";
import { Charts, POINTS } from "./charts.js";
import { colourPicker } from "./colour_picker.js";
import { looks, onColours, onTheme, swatch } from "./colours.js";
import { byId, element, pageData } from "./dom.js";
import { shown, stateWord, whole } from "./format.js";
import { Grouping } from "./grouping.js";
import { t } from "./i18n.js";
import { follow } from "./live.js";
import { sections } from "./sections.js";
import { beginPage, sayFailed } from "./shell.js";
import { ShownLines } from "./shown_lines.js";

/** Series shown when the address names none. */
const FIRST = 4;

/** @typedef {{id: string, state: string, row: Record<string, any>, series: string[], segments: number[]}} Run */

class ComparePage {
  constructor() {
    this.ids = readList("runs");
    this.looks = looks(this.ids);
    /** @type {Run[]} */
    this.runs = [];
    /** @type {Set<string>} */
    this.chosen = new Set();
    this.cursor = String(pageData().cursor ?? "");
    this.shownLines = new ShownLines(() => this.charts?.only((id) => this.shownLines.passes(id)));
  }

  async start() {
    if (!this.ids.length) return void this.say(t("compare.few"));
    const answers = await Promise.all(this.ids.map(fetchRun));
    this.runs = answers.filter((run) => run !== null);
    const missing = this.ids.filter((_id, index) => answers[index] === null);
    if (missing.length) byId("how-many").after(element("span", { class: "muted", role: "alert" }, t("compare.unknown", { ids: missing.join(", ") })));
    byId("how-many").textContent = t("compare.runs", { n: this.runs.length });
    this.grouping = new Grouping(this.runs, () => this.regroup());
    await this.group();
    this.drawKeys();
    this.drawDifferences();
    onTheme(() => this.recolourNames());
    onColours(() => this.recolour());
    this.charts = new Charts(byId("charts"), (names, range) => this.load(names, range));
    this.charts.only((id) => this.shownLines.passes(id));
    this.grouping.makeTools(this.charts);
    this.choose();
    this.drawPicker();
    this.makeFinder();
    await this.draw();
    this.drawPanels();
    follow({ address: () => `api/changes?cursor=${encodeURIComponent(this.cursor)}`, changed: (changes) => this.changed(changes) })();
  }

  /** @returns {Map<string, number>} every series with the number of runs that have it */
  series() {
    const counts = new Map();
    for (const { series } of this.runs) for (const name of series) counts.set(name, (counts.get(name) ?? 0) + 1);
    return new Map([...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)));
  }

  /** Takes the series that the address names, else the first that several runs have. */
  choose() {
    const series = this.series();
    const named = readList("names").filter((name) => series.has(name));
    const shared = [...series].filter(([, n]) => n > 1).map(([name]) => name);
    this.chosen = new Set(named.length ? named : shared.slice(0, FIRST));
    if (!shared.length && this.runs.length > 1) this.sayNothingShared(series);
  }

  /** @param {Map<string, number>} series */
  sayNothingShared(series) {
    if (!series.size) return this.say(`${t("compare.nocommon")} ${t("compare.nothing")}`);
    this.say(t("compare.nocommon"));
    const lines = this.runs.map(({ id, series: names }) => element("p", { class: "muted" }, `${id}: ${names.join(", ") || "–"}`));
    byId("picker").before(...lines);
  }

  /** @param {string} text */
  say(text) {
    byId("picker").before(element("p", { class: "muted" }, text));
  }

  async draw() {
    const single = this.runs.map(({ id, segments }) => ({ id, label: id, look: this.look(id), segments }));
    const lines = this.grouping?.by ? this.grouping.lines : single;
    await this.charts?.show(sections([...this.chosen]), lines);
    if (!this.chosen.size && this.series().size) byId("charts").replaceChildren(element("p", { class: "muted" }, t("compare.pick")));
  }

  /** Asks who belongs together; where that fails, the runs are drawn one by one. */
  async group() {
    try {
      await this.grouping?.load();
    } catch (error) {
      sayFailed(error);
      this.grouping?.giveUp();
    }
  }

  /** Draws the same charts with other lines. */
  async regroup() {
    await this.group();
    this.shownLines.forget();
    this.charts?.forget();
    this.drawKeys();
    await this.draw();
  }

  /** @param {string} id */
  look(id) {
    return this.looks.get(id) ?? { colour: 0, dash: 0 };
  }

  /** @param {string[]} names @param {{from: number, to: number} | null} range */
  async load(names, range) {
    const part = range ? `&from=${range.from}&to=${range.to}` : "";
    if (this.grouping?.by) return this.grouping.curves(names, part);
    const of = this.runs.map(({ id }) => id);
    const { runs } = await ask(`api/series?runs=${spellList(of)}&names=${spellList(names)}&points=${POINTS}${part}`);
    const ids = Object.keys(runs);
    return new Map(names.map((name) => [name, new Map(ids.filter((id) => runs[id][name]).map((id) => [id, runs[id][name]]))]));
  }

  /** @param {any} changes */
  async changed(changes) {
    const first = this.cursor === "";
    this.cursor = changes.cursor;
    const ours = (/** @type {any} */ row) => this.runs.some(({ id }) => id === row.id);
    if (first || !changes.rows?.some(ours)) return;
    this.drawPanels();
    await this.charts?.refresh();
  }

  /** Draws the panels of plugins, or draws them anew; where there are none nothing is loaded for it. */
  async drawPanels() {
    const runs = this.runs.filter(({ row }) => !row.added).map(({ id }) => id);
    if (runs.length && pageData().panels.length) (await import("./plugin_panels.js")).drawPanels("compare", runs);
  }

  /** Takes up the colours that the reader chose. */
  recolour() {
    this.looks = looks(this.ids);
    this.recolourNames();
    if (!this.grouping?.by) this.charts?.relook((id) => this.looks.get(id));
  }

  /** Draws the colours beside the runs' names anew. */
  recolourNames() {
    const focused = document.activeElement?.closest(".colour")?.querySelector("summary")?.title;
    this.drawKeys();
    this.drawDifferences();
    for (const summary of byId("run-keys").querySelectorAll("summary")) if (focused && summary.title === focused) summary.focus();
  }

  drawKeys() {
    if (this.grouping?.by) return byId("run-keys").replaceChildren(...this.grouping.keys(this.shownLines), this.shownLines.button());
    const keys = this.runs.map(({ id, state }) =>
      element("span", {}, this.runs.length > 1 ? this.shownLines.box(id, id) : null, colourPicker(id, this.look(id)), element("a", { href: runAddress(id) }, id), element("span", { class: `state state-${state}` }, stateWord(state))),
    );
    byId("run-keys").replaceChildren(...keys, this.shownLines.button());
  }

  drawPicker() {
    const total = this.runs.length;
    const buttons = [...this.series()].map(([name, n]) => {
      const few = n < total ? element("span", { class: "muted" }, t("compare.of", { n, total })) : null;
      const button = element("button", { type: "button", "aria-pressed": String(this.chosen.has(name)) }, name, few);
      button.addEventListener("click", () => this.toggle(name, button));
      return button;
    });
    byId("picker").replaceChildren(...buttons);
  }

  /** A box that leaves only the buttons whose names hold its text. */
  makeFinder() {
    if (!this.series().size) return;
    const box = element("input", { type: "search", class: "finder", placeholder: t("compare.find"), "aria-label": t("compare.find") });
    box.value = new URLSearchParams(location.search).get("find") ?? "";
    const none = element("p", { class: "muted", role: "status" });
    box.addEventListener("input", () => {
      changeAddress({ find: encodeURIComponent(box.value) });
      find(box.value, none);
    });
    byId("picker").before(box);
    byId("picker").after(none);
    find(box.value, none);
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  toggle(name, button) {
    if (!this.chosen.delete(name)) this.chosen.add(name);
    button.setAttribute("aria-pressed", String(this.chosen.has(name)));
    changeAddress({ names: spellList([...this.chosen]) });
    this.draw();
  }

  /** Leads from two runs to what differs in their code and environment. */
  linkCode() {
    const [first, second] = this.runs.filter(({ row }) => !row.added).map(({ id }) => id).sort();
    if (!second || document.getElementById("differs-code")) return;
    const address = `${runAddress(second)}/code?against=${encodeURIComponent(first)}`;
    byId("differs").before(element("p", { id: "differs-code" }, element("a", { href: address }, t("compare.code"))));
  }

  /** The settings that differ, one line each, and the best metrics beneath. */
  drawDifferences() {
    if (this.runs.length < 2) return;
    const keys = [...new Set(this.runs.flatMap(({ row }) => Object.keys(row)))];
    const text = (/** @type {Run} */ run, /** @type {string} */ key) => whole(run.row[key]);
    const differs = (/** @type {string} */ key) => this.runs.some((run) => text(run, key) !== text(this.runs[0], key));
    const kinds = /^(hyper|metric|other)-|^memo$|^meta-(fit|git)_(id|msg)$/;
    const order = (/** @type {string} */ key) => ["hyper", "metric", "other", "memo", "meta"].indexOf(key.split("-")[0]);
    const different = keys.filter((key) => kinds.test(key) && differs(key)).sort((a, b) => order(a) - order(b));
    byId("differs-section").hidden = false;
    if (this.runs.length === 2) this.linkCode();
    if (!different.length) return byId("differs").replaceChildren(element("p", { class: "muted" }, t("compare.same")));
    const head = element("tr", {}, element("td"), ...this.runs.map(({ id }) => element("th", { scope: "col" }, element("a", { href: runAddress(id) }, swatch(this.look(id)), id))));
    const rows = different.map((key) =>
      element("tr", {}, element("th", { scope: "row" }, key), ...this.runs.map((run) => element("td", { class: typeof run.row[key] === "number" ? "number" : undefined, title: text(run, key) }, shown(run.row[key])))),
    );
    byId("differs").replaceChildren(element("table", { class: "plain differs" }, element("thead", {}, head), element("tbody", {}, ...rows)));
  }
}

/** @param {string} text @param {HTMLElement} none says that no name holds it */
function find(text, none) {
  const buttons = [...byId("picker").querySelectorAll("button")];
  const part = text.trim().toLowerCase();
  for (const button of buttons) button.hidden = !button.firstChild?.textContent?.toLowerCase().includes(part);
  none.textContent = part && buttons.every(({ hidden }) => hidden) ? t("compare.unfound") : "";
}

/**
 * @param {string} id
 * @returns {Promise<Run | null>} nothing for a run that is not there
 */
async function fetchRun(id) {
  try {
    return await ask(`api/runs/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

beginPage(() => new ComparePage().start());
