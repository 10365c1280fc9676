// The table of groups: runs that are the same in the chosen columns as one row, with each metric's spread.
import { ApiError, ask, changeAddress, readList, spell, spellList } from "./api.js";
import { byId, element } from "./dom.js";
import { count, whole } from "./format.js";
import { appearance, defaultColumn } from "./grid_look.js";
import { groupColumns, METRIC_WIDTH } from "./group_columns.js";
import { chooseColumns } from "./group_menu.js";
import { t } from "./i18n.js";
import { shadeEdge } from "./narrow.js";
import { copy, sayFailed } from "./shell.js";
import { inView } from "./view.js";

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("./group_columns.js").Group} Group */

/** What stands in the address for all settings but the seed, so that settings to come are heeded too. */
const BUT_SEED = "but-seed";
/** How long changes of the runs may gather before the groups are asked for, in milliseconds. */
const REST = 60;

/**
 * @typedef {object} Face what the groups ask of the page
 * @property {(by: string[]) => string[]} ids the runs in view that groups by these columns are made of
 * @property {() => boolean} added whether there are rows added by hand in view, which are in no group
 * @property {() => Column[]} columns those that runs can be grouped by
 * @property {(key: string) => boolean} differs whether a column does among the runs
 * @property {(key: string) => boolean} isVisible
 * @property {() => string[]} metrics the metrics in view, in their order
 * @property {(on: boolean) => void} turned groups are shown in place of the runs, or no longer
 */

/** The groups of the runs in view. */
export class Groups {
  /**
   * @param {typeof import("ag-grid-community")} library
   * @param {Face} face
   */
  constructor(library, face) {
    this.library = library;
    this.face = face;
    this.chosen = readList("group");
    this.host = element("div", { id: "groups", hidden: true });
    byId("grid").after(this.host);
    this.shape = "";
    /** What is drawn: groups that came again as they were are not drawn again. */
    this.drawn = "";
    /** What all metrics are shown for: the columns that the runs were grouped by last. */
    this.whole = "";
    this.timer = 0;
    /** Whether rows added by hand are in view: asked once for all links, for that looks at all rows. */
    this.added = false;
    /** @type {AbortController | null} */
    this.asking = null;
    /** @type {import("ag-grid-community").GridApi<Group> | null} made with the first groups */
    this.grid = null;
  }

  /** @returns {import("ag-grid-community").GridOptions<Group>} */
  options() {
    return {
      ...appearance(this.library.themeQuartz),
      defaultColDef: defaultColumn(),
      getRowId: ({ data }) => JSON.stringify(Object.values(data.values).map(whole)),
      onSortChanged: () => this.shape && changeAddress({ gsort: spell(this.sorting()) }),
      onCellKeyDown: (cell) => copied(/** @type {KeyboardEvent} */ (cell.event), "value" in cell ? cell.value : null),
    };
  }

  get on() {
    return this.chosen.length > 0;
  }

  /** @returns {string[]} the columns that the runs of a group are the same in */
  by() {
    const keys = this.face.columns().map(({ key }) => key);
    if (!this.chosen.includes(BUT_SEED)) return this.chosen.filter((key) => keys.includes(key));
    return keys.filter((key) => key.startsWith("hyper-") && this.face.differs(key) && !isSeed(key));
  }

  /** @param {DOMRect} place under which the choice opens */
  open(place) {
    const choices = this.face.columns().map(({ key }) => ({ key, differs: this.face.differs(key) }));
    chooseColumns(place, choices, {
      chosen: () => this.chosen,
      choose: (keys) => this.choose(keys),
      butSeed: BUT_SEED,
    });
    // While the reader looks at the choice: to make a grid takes as long as to ask for the groups.
    setTimeout(() => this.warm());
  }

  /** Makes the grid, with the metrics that come into view first and no groups yet. */
  warm() {
    const near = this.face.metrics().slice(0, fitting());
    this.grid ??= this.made({ columnDefs: groupColumns([], [], near, () => this.added), rowData: [] });
  }

  /** @param {import("ag-grid-community").GridOptions<Group>} shown */
  made(shown) {
    const grid = this.library.createGrid(this.host, { ...this.options(), ...shown });
    shadeEdge(this.host);
    return grid;
  }

  /** @param {string[]} chosen columns, or that all settings but the seed are meant; none to show the runs */
  choose(chosen) {
    this.chosen = chosen;
    changeAddress({ group: spellList(chosen), ...(chosen.length ? {} : { gsort: "" }) });
    this.draw(0);
  }

  /**
   * Shows the groups of the runs in view, or the runs where nothing is chosen.
   * @param {number} [rest] how long changes may gather
   */
  draw(rest = REST) {
    this.turn();
    clearTimeout(this.timer);
    if (!this.on) this.asking?.abort();
    // At once where nothing is to gather: a timer would wait until the empty table is painted.
    if (this.on && rest) this.timer = setTimeout(() => this.fetch(), rest);
    else if (this.on) this.fetch();
  }

  /** Puts the groups in the place of the runs, or the runs back. */
  turn() {
    if (this.host.hidden !== this.on) return;
    this.host.hidden = !this.on;
    // Not hidden, for a grid without a size draws all its rows anew when it has one again.
    byId("grid").classList.toggle("covered", this.on);
    this.face.turned(this.on);
  }

  async fetch() {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const by = this.by();
    const ids = this.face.ids(by);
    const groupsWith = async (/** @type {object} */ only) => (ids.length ? (await ask("api/groups", { method: "POST", body: inView({ ids, by, ...only }), signal })).groups : []);
    try {
      const near = this.nearMetrics();
      // The metrics that fit on the screen come first; all of thousands of runs take a while.
      if (near.length && this.whole !== by.join("\n")) this.show(await groupsWith({ metrics: near }), by, ids.length);
      this.show(await groupsWith({}), by, ids.length);
      this.whole = by.join("\n");
    } catch (error) {
      if (signal.aborted) return;
      // A run that was erased meanwhile is gone from the table with the next look.
      if (!(error instanceof ApiError) || error.status !== 404) sayFailed(error);
    }
  }

  /** @returns {string[]} the metrics that can be seen at once, and that the groups are sorted by; none where those are all */
  nearMetrics() {
    const metrics = this.face.metrics();
    const fit = fitting();
    const sorted = new URLSearchParams(location.search).get("gsort") ?? "";
    const near = metrics.filter((key, at) => at < fit || sorted.replace(/^-/, "").startsWith(`${key} `));
    return near.length < metrics.length ? near : [];
  }

  /** @param {Group[]} groups @param {string[]} by @param {number} runs */
  show(groups, by, runs) {
    const metrics = [...new Set(groups.flatMap(({ columns }) => Object.keys(columns)))].filter((key) => this.face.isVisible(key));
    const shape = JSON.stringify([by, metrics]);
    this.added = this.face.added();
    const drawn = JSON.stringify([groups, this.added, location.search]);
    if (shape !== this.shape) this.define(shape, groups, by, metrics);
    else if (drawn !== this.drawn) this.update(groups);
    this.drawn = drawn;
    byId("count").textContent = t("groups.count", { n: count(groups.length), runs: count(runs) });
  }

  /** @param {Group[]} groups */
  update(groups) {
    this.grid?.setGridOption("rowData", groups);
    // A group may have lost a run and got another; its link follows the address, too.
    this.grid?.refreshCells({ columns: ["n"], force: true, suppressFlash: true });
  }

  /** @param {string} shape @param {Group[]} groups @param {string[]} by @param {string[]} metrics */
  define(shape, groups, by, metrics) {
    const wanted = this.shape ? this.sorting() : (new URLSearchParams(location.search).get("gsort") ?? "");
    const changed = { columnDefs: groupColumns(groups, by, metrics, () => this.added), rowData: groups };
    if (this.grid) this.grid.updateGridOptions(changed);
    else this.grid = this.made(changed);
    const [colId, sort] = wanted.startsWith("-") ? [wanted.slice(1), "desc"] : [wanted, "asc"];
    if (colId) this.grid.applyColumnState({ state: [{ colId, sort: /** @type {"asc" | "desc"} */ (sort) }] });
    this.shape = shape;
  }

  /** @returns {string} as the address spells it: `-metric-dev-acc mean` */
  sorting() {
    const sorted = this.grid?.getColumnState().find(({ sort }) => sort);
    return sorted ? `${sorted.sort === "desc" ? "-" : ""}${sorted.colId}` : "";
  }
}

/** @returns {number} how many metrics fit on the screen */
function fitting() {
  return Math.ceil(innerWidth / METRIC_WIDTH);
}

/** @param {string} key */
function isSeed(key) {
  return /seed/i.test(key.split("-").at(-1) ?? "");
}

/** @param {KeyboardEvent} event @param {unknown} value */
function copied(event, value) {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "c" || getSelection()?.toString()) return;
  event.preventDefault();
  copy(whole(value));
}
