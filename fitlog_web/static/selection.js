// The bar of the selected runs and what can be done to them: compare, hide, trash, restore, erase.
import { mayChange } from "./allowed.js";
import { ask, compareAddress, root } from "./api.js";
import { byId, element } from "./dom.js";
import { count, t } from "./i18n.js";
import { relationsAddress } from "./relations_address.js";
import { openDialog, sayFailed, toast } from "./shell.js";
import { inView } from "./view.js";

/** @typedef {import("../frontend/types").Row} Row */

/** How many of the runs that are about to be erased are named. */
const MOST_NAMED = 12;

/** The selected runs. */
export class Selection {
  /**
   * @param {import("./table.js").RunTable} table
   * @param {object} page
   * @param {(rows: Row[]) => Row[]} page.withRanks the rows, and the ranks they stand for
   * @param {() => boolean} page.differing whether only the columns that differ among them are in view
   * @param {() => void} page.onlyDiffering leaves those out that do not, or brings them back
   * @param {(ids: string[], place: DOMRect) => void} page.tagging opens the tags of runs
   * @param {(place: DOMRect) => void} page.moving opens the ways that the selected rows can be moved
   * @param {() => void} page.trashing runs are about to be put into the trash
   * @param {() => Promise<void>} page.reload fetches the table again
   * @param {() => Promise<void>} page.catchUp takes up what was done on the server
   */
  constructor(table, { withRanks, differing, onlyDiffering, tagging, moving, trashing, reload, catchUp }) {
    this.table = table;
    this.withRanks = withRanks;
    this.differing = differing;
    this.onlyDiffering = onlyDiffering;
    this.tagging = tagging;
    this.moving = moving;
    this.trashing = trashing;
    this.reload = reload;
    this.catchUp = catchUp;
    /** @type {(() => void) | null} */
    this.undo = null;
  }

  draw() {
    const bar = byId("selection");
    const chosen = this.table.selected();
    bar.hidden = !chosen.length;
    if (!chosen.length) return;
    const unseen = this.table.selectedUnseen();
    const text = unseen ? t("selection.unseen", { n: chosen.length, unseen }) : t("selection.count", { n: chosen.length });
    /** @type {HTMLElement[]} */
    const parts = [element("output", {}, text), button(t("selection.clear"), () => this.table.clearSelection(), "quiet"), button(t("selection.invert"), () => this.table.invertSelection(), "quiet")];
    if (chosen.filter((row) => !row.added).length > 1) parts.push(button(t("selection.compare"), () => this.compare(), "primary"));
    if (this.counted().length > 1) parts.push(button(t("selection.stats"), () => this.statistics()));
    if (this.counted().length > 1) parts.push(button(t("selection.relations"), () => (location.href = relationsAddress(root, this.counted()))));
    if (this.counted().length > 1) parts.push(element("a", { class: "button", href: `${root}pivot?q=${encodeURIComponent(`id:${this.counted().join(",")}`)}` }, t("selection.summary")));
    if (chosen.length > 1) parts.push(this.differsButton());
    if (this.table.chosenInView().length) parts.push(this.movingButton());
    if (mayChange()) parts.push(...this.changes(this.withRanks(chosen)));
    bar.replaceChildren(...parts);
  }

  /** @param {Row[]} rows @returns {HTMLElement[]} buttons for what changes the runs' standing */
  changes(rows) {
    const ids = rows.map(({ id }) => id);
    const bin = rows.filter((row) => row.deleted).map(({ id }) => id);
    const alive = rows.filter((row) => !row.deleted);
    const living = alive.map(({ id }) => id);
    const tags = button(t("selection.tags"), () => this.tagging(living, tags.getBoundingClientRect()));
    return [
      ...(alive.length ? [tags] : []),
      ...(alive.some((row) => !row.hidden) ? [button(t("selection.hide"), () => this.hide(ids, true))] : []),
      ...(alive.some((row) => row.hidden) ? [button(t("selection.show"), () => this.hide(ids, false))] : []),
      ...(alive.length ? [button(t("selection.trash"), () => this.trash(living))] : []),
      ...(bin.length ? [button(t("selection.restore"), () => this.restore(bin)), button(t("selection.erase"), () => this.erase(bin), "danger")] : []),
    ];
  }

  differsButton() {
    return element("button", { type: "button", "aria-pressed": String(this.differing()), onclick: this.onlyDiffering }, t("selection.differs"));
  }

  movingButton() {
    const made = button(t("selection.move"), () => this.moving(made.getBoundingClientRect()));
    return made;
  }

  /** The selected runs that are not in the trash, by their ids. */
  alive() {
    return this.withRanks(this.table.selected()).filter((row) => !row.deleted).map(({ id }) => id);
  }

  compare() {
    const ids = this.table.selected().filter((row) => !row.added).map(({ id }) => id);
    if (ids.length > 1) location.href = compareAddress(ids);
  }

  /** @returns {string[]} the selected runs that statistics are about: not the ranks that one stands for, a job counts once */
  counted() {
    return this.table.selected().filter((row) => !row.added && !row.deleted).map(({ id }) => id);
  }

  async statistics() {
    const ids = this.counted();
    if (ids.length < 2) return;
    const { openStatistics } = await import("./statistics.js");
    try {
      await openStatistics(ids, () => this.reload());
    } catch (error) {
      sayFailed(error);
    }
  }

  /** @param {string[]} ids @param {boolean} hidden */
  hide(ids, hidden) {
    if (!mayChange()) return;
    const done = t(hidden ? "done.hidden" : "done.shown", { n: ids.length });
    return this.act("api/hidden", { ids, hidden }, done, () => this.hide(ids, !hidden));
  }

  /** @param {string[]} ids */
  trash(ids) {
    if (!mayChange()) return;
    this.trashing();
    return this.act("api/trash", { ids }, t("done.trash", { n: ids.length }), () => this.restore(ids));
  }

  /** @param {string[]} ids */
  restore(ids) {
    return this.act("api/restore", { ids }, t("done.restore", { n: ids.length }));
  }

  /** @param {string[]} ids */
  erase(ids) {
    const n = count(ids.length);
    const named = ids.slice(0, MOST_NAMED).join(", ");
    const which = ids.length > MOST_NAMED ? t("alert.more", { ids: named, n: ids.length - MOST_NAMED }) : named;
    const typed = element("input", { type: "text", inputMode: "numeric", "aria-label": t("erase.text", { n }), autocomplete: "off" });
    const erase = element("button", { type: "submit", class: "danger", disabled: true }, t("erase.do"));
    typed.addEventListener("input", () => (erase.disabled = typed.value.replace(/[,，\s]/g, "") !== String(ids.length)));
    const cancel = element("button", { type: "button" }, t("cancel"));
    const form = element("form", {}, element("p", { class: "which" }, which), element("p", {}, t("erase.text", { n })), typed, element("div", { class: "actions" }, cancel, erase));
    const dialog = openDialog(t("erase.title", { n }), form);
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (erase.disabled) return;
      dialog.close();
      this.act("api/erase", { ids }, t("done.erase", { n }));
    });
    typed.focus();
  }

  /**
   * Does something to runs on the server, shows it and offers to undo it.
   * @param {string} path
   * @param {object} body
   * @param {string} done
   * @param {() => void} [undo]
   */
  async act(path, body, done, undo) {
    /** @type {{problems?: string[]}} what could not be tidied up */
    let answer;
    try {
      answer = await ask(path, { method: "POST", body: inView(body) });
    } catch (error) {
      sayFailed(error);
      return;
    }
    this.table.clearSelection();
    try {
      await this.catchUp();
    } catch (error) {
      sayFailed(error);
    }
    this.undo = undo ?? null;
    toast(done, { actions: undo ? [[t("undo"), undo]] : [] });
    for (const problem of answer.problems ?? []) toast(problem, { error: true, stay: true });
  }
}

/** @param {string} label @param {() => void} action */
function button(label, action, style = "") {
  return element("button", { type: "button", class: style, onclick: action }, label);
}
