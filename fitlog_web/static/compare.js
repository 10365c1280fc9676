// Several runs side by side: any loss or metric in one chart, and what differs in their settings.
import { ApiError, ask, changeAddress, readList, runAddress, spellList } from "./api.js";
import { Charts, POINTS } from "./charts.js";
import { colourPicker } from "./colour_picker.js";
import { comparisonTable } from "./compare_table.js";
import { looks, onColours, onTheme } from "./colours.js";
import { byId, element, pageData } from "./dom.js";
import { stateWord } from "./format.js";
import { BUT_SEED, differing, Grouping, SINGLE } from "./grouping.js";
import { t } from "./i18n.js";
import { follow } from "./live.js";
import { sections } from "./sections.js";
import { beginPage, sayFailed } from "./shell.js";
import { ShownLines } from "./shown_lines.js";

/** Series shown when the address names none. */
const FIRST = 4;
/** More runs than this stand together in one column, until the reader groups them. */
const MOST_COLUMNS = 10;
/** In the address and for the server: one column of all runs. */
const TOGETHER = "all";

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
    /** @type {import("./compare_table.js").Comparison | null} */
    this.differences = null;
    /** @type {Set<string>} parts of that table whose folded lines the reader looks at */
    this.unfolded = new Set();
    this.asked = 0;
    this.isDrawn = false;
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
    onTheme(() => this.recolourNames());
    onColours(() => this.recolour());
    this.charts = new Charts(byId("charts"), (names, range) => this.load(names, range));
    this.charts.only((id) => this.shownLines.passes(id));
    this.grouping.makeTools(this.charts);
    this.choose();
    this.drawPicker();
    this.makeFinder();
    const differences = this.loadDifferences();
    this.isDrawn = true;
    await this.draw();
    await differences;
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
    // Of one run, such as the only one that is still there, all are shared.
    const shared = [...series].filter(([, n]) => n > 1 || this.runs.length === 1).map(([name]) => name);
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
    const single = this.runs.map(({ id, segments }) => ({ id, label: this.grouping?.names.get(id) ?? id, look: this.look(id), segments }));
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
    await Promise.all([this.draw(), this.loadDifferences()]);
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
    await Promise.all([this.charts?.refresh(), this.loadDifferences()]);
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
      this.find(box.value, none);
    });
    byId("picker").before(box);
    byId("picker").after(none);
    this.find(box.value, none);
  }

  /**
   * Leaves the series that hold a text. If it is one, and the address names none, it is drawn.
   * @param {string} text @param {HTMLElement} none
   */
  find(text, none) {
    const left = find(text, none);
    if (left.length === 1 && !readList("names").length) this.only(left[0]);
  }

  /** @param {string} name of the series that is drawn alone; the address keeps what was typed, not this */
  only(name) {
    if (this.chosen.size === 1 && this.chosen.has(name)) return;
    this.chosen = new Set([name]);
    for (const button of byId("picker").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.firstChild?.textContent === name));
    if (this.isDrawn) this.draw();
  }

  /** @param {string} name @param {HTMLButtonElement} button */
  toggle(name, button) {
    if (!this.chosen.delete(name)) this.chosen.add(name);
    button.setAttribute("aria-pressed", String(this.chosen.has(name)));
    changeAddress({ names: spellList([...this.chosen]) });
    this.draw();
    this.loadDifferences();
  }

  /** @returns {string} what the columns of the table are: that of the lines, else few runs one by one and many together */
  columnsBy() {
    if (this.grouping?.by) return this.grouping.by;
    const asked = new URLSearchParams(location.search).get("columns");
    if (asked === SINGLE || asked === TOGETHER) return asked;
    return this.runs.length > MOST_COLUMNS ? TOGETHER : SINGLE;
  }

  /** Asks what differs, and draws it. */
  async loadDifferences() {
    if (this.runs.length < 2) return;
    const by = this.columnsBy();
    const turn = ++this.asked;
    try {
      const ids = this.runs.map(({ id }) => id);
      const found = await ask(`api/comparison?runs=${spellList(ids)}&by=${encodeURIComponent(by)}&names=${spellList([...this.chosen])}`);
      if (turn !== this.asked) return;
      this.differences = found;
      this.drawDifferences();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      byId("differs-section").hidden = false;
      if (turn === this.asked) byId("differs").replaceChildren(element("p", { class: "wrong", role: "alert" }, error.message));
    }
  }

  /** Draws what differs, and the choice of its columns. */
  drawDifferences() {
    if (!this.differences) return;
    byId("differs-section").hidden = false;
    const before = byId("differs").querySelector(".scroll")?.scrollLeft ?? 0;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest("#differs [data-part]"))?.dataset.part;
    byId("differs").replaceChildren(this.columnTools(), ...comparisonTable(this.differences, (id) => this.look(id), this.unfolded));
    byId("differs").querySelector(".scroll")?.scrollTo(before, 0);
    if (focused) /** @type {HTMLElement | null} */ (byId("differs").querySelector(`[data-part="${focused}"] button`))?.focus();
  }

  /** @returns {HTMLElement} buttons that say what the columns are */
  columnTools() {
    const by = this.columnsBy();
    const choices = [SINGLE, TOGETHER, BUT_SEED, ...differing(this.runs)];
    const buttons = choices.map((each) => {
      const name = each.startsWith("hyper-") ? t("side.by", { name: each.replace("hyper-", "") }) : t(`side.${each}`);
      const button = element("button", { type: "button", "aria-pressed": String(each === by) }, name);
      button.addEventListener("click", () => this.chooseColumns(each, choices.indexOf(each)));
      return button;
    });
    return element("div", { class: "picker", id: "differs-columns", role: "group", "aria-label": t("side.columns") }, ...buttons);
  }

  /** @param {string} by @param {number} place of its button, which keeps the focus */
  async chooseColumns(by, place) {
    const isGroup = by !== SINGLE && by !== TOGETHER;
    changeAddress({ columns: isGroup ? "" : by });
    // Groups are those of the lines: one choice for both.
    if (isGroup) await this.grouping?.choose(by);
    else if (this.grouping?.by) await this.grouping.choose("");
    else await this.loadDifferences();
    byId("differs-columns").querySelectorAll("button")[place]?.focus();
  }
}

/** @param {string} text @param {HTMLElement} none says that no name holds it @returns {string[]} the names that hold it */
function find(text, none) {
  const buttons = [...byId("picker").querySelectorAll("button")];
  // As in names everywhere, -, _ and a space are alike.
  const alike = (/** @type {string} */ name) => name.toLowerCase().replace(/[_ ]/g, "-");
  const part = alike(text.trim());
  for (const button of buttons) button.hidden = !alike(button.firstChild?.textContent ?? "").includes(part);
  none.textContent = part && buttons.every(({ hidden }) => hidden) ? t("compare.unfound") : "";
  return part ? buttons.filter(({ hidden }) => !hidden).map((button) => button.firstChild?.textContent ?? "") : [];
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
