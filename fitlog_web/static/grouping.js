// Runs that belong together drawn as one line: their mean, and a band around it.
import { ask, changeAddress, runAddress, spell, spellList } from "./api.js";
import { POINTS } from "./charts.js";
import { differentLooks, swatch } from "./colours.js";
import { byId, element } from "./dom.js";
import { whole } from "./format.js";
import { t } from "./i18n.js";
import { runNames } from "./run_names.js";

/** @typedef {import("./charts.js").Charts} Charts */
/** @typedef {import("./chart.js").Line} Line */
/** @typedef {import("../frontend/types").BandData} BandData */
/** @typedef {import("../frontend/types").SeriesData} SeriesData */
/** @typedef {{id: string, row: Record<string, any>}} Run */
/** @typedef {{runs: string[], shared: Record<string, unknown>, bands: Record<string, BandData>}} Group */

/** More lines than this are drawn as means, unless the address says otherwise. */
const MOST_LINES = 60;
/** In the address: every run by itself, also where there are many. */
export const SINGLE = "none";
/** In the address and for the server: alike in all settings but the seed. */
export const BUT_SEED = "but-seed";

/** How the runs of the page are grouped. */
export class Grouping {
  /**
   * @param {Run[]} runs
   * @param {() => Promise<void>} changed draws the page anew
   */
  constructor(runs, changed) {
    this.runs = runs;
    this.changed = changed;
    /** What the runs are called in legends and lists. */
    this.names = runNames(runs);
    const asked = new URLSearchParams(location.search).get("group");
    const given = asked ?? (runs.length > MOST_LINES ? BUT_SEED : SINGLE);
    /** @type {string} a column, BUT_SEED, or empty for single runs */
    this.by = given === BUT_SEED || given.startsWith("hyper-") ? given : "";
    /** @type {Line[]} */
    this.lines = [];
    /** @type {HTMLSelectElement | null} */
    this.choice = null;
    /** @type {HTMLElement | null} */
    this.band = null;
  }

  /** Asks the server who belongs together. */
  async load() {
    if (!this.by) return;
    const { groups } = await ask(this.address());
    const given = differentLooks(groups.map(keyOf));
    this.lines = groups.map((/** @type {Group} */ group) => ({
      id: keyOf(group),
      label: nameOf(group),
      look: given.get(keyOf(group)),
      group: { runs: group.runs, by: this.by },
    }));
  }

  /** Goes back to single runs. */
  giveUp() {
    this.by = "";
    if (this.choice) this.choice.value = "";
  }

  /** @param {string} [more] parameters */
  address(more = "") {
    return `api/bands?runs=${spellList(this.runs.map(({ id }) => id))}&by=${spell(this.by)}${more}`;
  }

  /**
   * @param {string[]} names
   * @param {string} part of the address: the zoom
   * @returns {Promise<Map<string, Map<string, SeriesData>>>}
   */
  async curves(names, part) {
    // Of a band more has to be kept than of a line: its edges.
    const { groups } = await ask(this.address(`&names=${spellList(names)}&points=${2 * POINTS}${part}`));
    const curve = (/** @type {string} */ name) =>
      groups.flatMap((/** @type {Group} */ group) => (group.bands[name] ? [[keyOf(group), asCurve(group.bands[name])]] : []));
    return new Map(names.map((name) => [name, new Map(curve(name))]));
  }

  /** @param {Charts} charts */
  makeTools(charts) {
    if (this.runs.length < 2) return;
    const columns = differing(this.runs).map((key) => [key, t("means.by", { name: key.replace("hyper-", "") })]);
    const by = choice("means.label", [["", t("means.single")], [BUT_SEED, t("means.seed")], ...columns], this.by);
    const band = choice("means.band", [["std", t("means.std")], ["range", t("means.range")]], charts.settings.band);
    this.choice = by.select;
    band.box.hidden = !this.by;
    this.band = band.box;
    by.select.addEventListener("change", () => this.choose(by.select.value));
    band.select.addEventListener("change", () => {
      charts.settings.band = band.select.value === "range" ? "range" : "std";
      charts.redraw();
    });
    byId("chart-tools").prepend(by.box, band.box);
  }

  /** @param {string} by a column, BUT_SEED, or empty for single runs */
  async choose(by) {
    this.by = by;
    if (this.choice) this.choice.value = by;
    const usual = this.runs.length > MOST_LINES ? BUT_SEED : "";
    changeAddress({ group: by === usual ? "" : encodeURIComponent(by || SINGLE) });
    await this.changed();
    if (this.band) this.band.hidden = !this.by;
  }

  /**
   * @param {import("./shown_lines.js").ShownLines} shownLines
   * @returns {HTMLElement[]} a line's name with the runs behind it, for each
   */
  keys(shownLines) {
    return this.lines.map(({ id: line, look, label, group }) => {
      const runs = (group?.runs ?? []).flatMap((id) => [" ", element("a", { href: runAddress(id) }, this.names.get(id) ?? id)]);
      const box = this.lines.length > 1 ? shownLines.box(line, label) : null;
      return element("span", { class: "group-line" }, box, element("details", { class: "group-key" }, element("summary", {}, swatch(look), label), ...runs));
    });
  }
}

/**
 * @param {string} label
 * @param {string[][]} options values and what they are called
 * @param {string} chosen
 */
function choice(label, options, chosen) {
  const select = element("select", {}, ...options.map(([value, text]) => element("option", { value }, text)));
  select.value = chosen;
  // What the address asks for and this page has no name for.
  if (select.selectedIndex < 0) select.append(element("option", { value: chosen, selected: true }, chosen));
  return { select, box: element("label", {}, t(label), select) };
}

/** @param {Run[]} runs @returns {string[]} hyperparameters to group by: no seeds, and not the same in all */
export function differing(runs) {
  const keys = [...new Set(runs.flatMap(({ row }) => Object.keys(row)))].filter((key) => key.startsWith("hyper-") && !/seed[^-]*$/i.test(key));
  return keys.filter((key) => runs.some(({ row }) => whole(row[key]) !== whole(runs[0].row[key])));
}

/** @param {Group} group @returns {string} the same in every language, and however many runs there are */
function keyOf({ shared }) {
  return Object.entries(shared).map(([key, value]) => `${key.replace("hyper-", "")}=${whole(value) || "–"}`).join(", ");
}

/** @param {Group} group */
function nameOf(group) {
  const { runs } = group;
  const name = keyOf(group) || t("means.all");
  return runs.length === 1 ? t("means.one", { name }) : t("means.name", { name, n: runs.length });
}

/** @param {BandData} band @returns {SeriesData} its mean as a curve, whose time begins at 0 */
function asCurve(band) {
  const { step, mean, epoch, elapsed, total, marks } = band;
  return { step, value: mean, epoch, time: elapsed, start: 0, total, marks, band };
}
