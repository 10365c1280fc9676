// The row of switches over the table: new runs, filter, hidden, trash, ranks, columns.
import { byId, element } from "./dom.js";
import { t } from "./i18n.js";
import { viewName } from "./view.js";

/** @typedef {import("../frontend/types").Row} Row */
/** @typedef {import("./showing.js").Show} Show */

/**
 * @typedef {object} State
 * @property {Show} show what is to be seen
 * @property {Row[]} rows all rows at hand
 * @property {number} waiting how many new runs wait for a click
 * @property {{text: string, view: string} | null} filter the view's saved filter
 * @property {{exists: boolean, on: boolean}} order the one that was made by hand
 * @property {boolean} trashed there are runs in the trash
 * @property {string[]} conditions what columns are to be, in words
 * @property {number} constant how many columns never differ
 */

/** The switches. */
export class Chips {
  /**
   * @param {object} page what a click does
   * @param {() => void} page.fresh
   * @param {() => void} page.deleted
   * @param {() => void} page.differs
   * @param {() => void} page.columns
   * @param {() => void} page.order
   * @param {() => void} page.unorder
   * @param {() => void} page.conditions
   * @param {(place: DOMRect) => void} page.group
   * @param {(place: DOMRect) => void} page.views
   * @param {(name: "hidden" | "filter" | "fold" | "diverged") => void} page.turn
   */
  constructor({ fresh, deleted, differs, columns, conditions, group, order, turn, unorder, views }) {
    const chip = (/** @type {() => void} */ action) => element("button", { type: "button", hidden: true, onclick: action });
    this.fresh = chip(fresh);
    this.filter = chip(() => turn("filter"));
    this.hidden = chip(() => turn("hidden"));
    this.diverged = chip(() => turn("diverged"));
    this.deleted = chip(deleted);
    this.fold = chip(() => turn("fold"));
    this.order = chip(order);
    this.unorder = chip(unorder);
    this.joined = element("span", { class: "joined" }, this.order, this.unorder);
    this.differs = chip(differs);
    this.columns = chip(columns);
    this.conditions = chip(conditions);
    this.views = chip(() => views(this.views.getBoundingClientRect()));
    this.group = chip(() => group(this.group.getBoundingClientRect()));
    this.name();
    byId("chips").append(this.fresh, this.conditions, this.filter, this.diverged, this.hidden, this.deleted, this.fold, this.joined, this.differs, this.group, this.columns, this.views);
  }

  /** Gives the chips what never changes of them. */
  name() {
    this.fresh.className = "primary";
    this.diverged.title = t("chip.diverged.title");
    this.deleted.textContent = t("chip.deleted");
    this.deleted.title = t("chip.deleted.title");
    this.fold.textContent = t("chip.ranks");
    this.fold.title = t("chip.ranks.title");
    this.order.textContent = t("order.chip");
    this.order.title = t("order.title");
    this.unorder.textContent = "×";
    this.unorder.title = t("order.drop");
    this.unorder.setAttribute("aria-label", t("order.drop"));
    this.differs.textContent = t("chip.differs");
    this.differs.title = t("chip.differs.title");
    this.views.textContent = t("views.chip", { name: viewName().replace(/\.cfg$/, "") });
    this.views.hidden = false;
    this.group.textContent = t("groups.chip");
    this.groupsAreOn(false);
    this.columns.textContent = t("chip.columns");
    this.columns.setAttribute("aria-expanded", "false");
    this.columns.setAttribute("aria-controls", "panel");
  }

  /** @param {boolean} open whether the panel of columns is */
  columnsAreOpen(open) {
    this.columns.setAttribute("aria-expanded", String(open));
  }

  /** @param {boolean} on whether groups are shown in place of the runs */
  groupsAreOn(on) {
    this.group.setAttribute("aria-pressed", String(on));
  }

  /** @param {State} state */
  draw({ show, rows, waiting, order, filter, trashed, constant, conditions }) {
    const hiddenRuns = rows.filter((row) => row.hidden && !row.deleted).length;
    this.fresh.hidden = !waiting;
    this.fresh.textContent = t("chip.new", { n: waiting });
    this.conditions.hidden = !conditions.length;
    this.conditions.textContent = t("chip.conditions", { n: conditions.length });
    this.conditions.title = conditions.join("\n");
    this.filter.hidden = !filter;
    this.filter.textContent = t("chip.filter");
    if (filter) {
      this.filter.title = show.filter
        ? t("chip.filter.title", { view: filter.view, filter: filter.text })
        : t("chip.filter.title.off", { filter: filter.text });
    }
    const diverged = rows.filter((row) => row.diverged && !row.deleted && (!row.hidden || show.hidden)).length;
    this.diverged.hidden = !diverged && !show.diverged;
    this.diverged.textContent = t("chip.diverged", { n: diverged });
    this.hidden.hidden = !hiddenRuns;
    this.hidden.textContent = t(show.hidden ? "chip.hidden.on" : "chip.hidden", { n: hiddenRuns });
    this.deleted.hidden = !trashed && !show.deleted;
    this.fold.hidden = !rows.some(({ job }) => job && job.ranks > 1);
    this.group.hidden = this.columns.hidden = !rows.length;
    this.differs.hidden = !constant;
    this.joined.hidden = this.order.hidden = this.unorder.hidden = !order.exists;
    this.order.setAttribute("aria-pressed", String(order.on));
    for (const name of /** @type {const} */ (["filter", "diverged", "hidden", "deleted", "fold", "differs"])) {
      this[name].setAttribute("aria-pressed", String(show[name]));
    }
  }
}
