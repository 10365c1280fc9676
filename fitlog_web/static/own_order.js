// The order of rows that readers make by hand: seen where no column is sorted by, kept with the view, undone.
import { mayChange } from "./allowed.js";
import { ApiError, ask, changeAddress } from "./api.js";
import { pageData } from "./dom.js";
import { t } from "./i18n.js";
import { arranged, readMoves, spellMoves } from "./row_moves.js";
import { sayFailed, toast } from "./shell.js";
import { keepSorting, NEWEST } from "./showing.js";
import { viewName } from "./view.js";

/** @typedef {import("./row_moves.js").Move} Move */
/** @typedef {import("./row_moving.js").Aim} Aim */
/**
 * @typedef {object} Face what the order asks of the page
 * @property {() => import("./table.js").RunTable} table
 * @property {(ids: string[]) => string[]} withRanks rows with the ranks that they stand for
 * @property {(undo: (() => void) | null) => void} undone keeps what takes the last move back
 * @property {() => void} changed it is in use now, or no longer
 */

/** The order. */
export class OwnOrder {
  /** @param {Face} face */
  constructor(face) {
    this.face = face;
    /** @type {Move[]} */
    this.moves = readMoves(location.search) ?? pageData().row_order ?? [];
    /** @type {Map<string, number> | null} */
    this.places = null;
    /** What the places were made of. */
    this.madeOf = -1;
    /** @type {{moves: Move[], on: boolean}[]} what was before each change */
    this.past = [];
    /** @type {(() => void) | null} takes the last message away */
    this.unsay = null;
    this.wasOn = this.exists;
    /** Whether the server has not got the moves yet, and whether it is being told. */
    this.unsaved = false;
    this.saving = false;
  }

  get exists() {
    return this.moves.length > 0;
  }

  /** @returns {boolean} whether the rows stand in this order */
  get on() {
    return this.exists && !this.face.table().sorting().length;
  }

  /** @returns {string[]} all rows, and those that the moves name, in the order that they have by themselves */
  base() {
    const { rows, rowOrder } = this.face.table();
    const ids = new Set([...rows.keys(), .../** @type {string[]} */ (this.moves.flat().filter((id) => id !== null))]);
    const nodes = [...ids].map((id) => ({ data: { id } }));
    rowOrder.sort(nodes, [NEWEST]);
    return nodes.map(({ data }) => data.id);
  }

  /** @returns {Map<string, number> | null} the place of each row, in the order of the places; null where nothing was moved */
  placesNow() {
    if (!this.exists) return null;
    const { version } = this.face.table();
    if (!this.places || this.madeOf !== version) this.places = new Map(arranged(this.base(), this.moves).map((id, place) => [id, place]));
    this.madeOf = version;
    return this.places;
  }

  /**
   * Moves rows in view, unless they are sorted by a column.
   * @param {string[]} ids
   * @param {Aim} aim
   */
  async move(ids, aim) {
    const table = this.face.table();
    const sorting = table.sorting();
    if (sorting.length && (this.exists || sorting.join() !== NEWEST)) return this.refuse();
    const { moved, movesTo } = await import("./row_moving.js");
    const base = this.base();
    const list = [...(this.placesNow()?.keys() ?? base)];
    const view = table.rowsInView().map(({ id }) => id);
    const next = moved(list, view, ids, aim, this.face.withRanks);
    if (next.every((id, at) => id === list[at])) return;
    this.change(movesTo(base, next), true);
    this.tell(ids);
  }

  /** @param {Move[]} moves @param {boolean} on */
  change(moves, on) {
    this.past.push({ moves: this.moves, on: this.on });
    this.take(moves, on);
  }

  /** @param {Move[]} moves that count from now on @param {boolean} on whether the rows are to stand as they say */
  take(moves, on) {
    const wasOn = this.on;
    this.moves = moves;
    this.places = null;
    if (wasOn || on) this.show(on && this.exists);
    else this.sorted();
    this.face.undone(this.past.length ? () => this.undo() : null);
    this.keep();
  }

  /** Takes the last change back. */
  undo() {
    const before = this.past.pop();
    if (!before) return;
    this.take(before.moves, before.on);
    this.say(t("order.undone"), []);
  }

  /** @param {boolean} on whether the rows are to stand in this order, or the newest first */
  show(on) {
    if (on) this.face.table().unsort();
    else this.face.table().sortBy("id", "desc");
    this.sorted();
  }

  /** Gives the order up. */
  drop() {
    this.change([], false);
    this.say(t("order.dropped"), [[t("undo"), () => this.undo()]]);
  }

  /** The table is sorted otherwise than before. */
  sorted() {
    const names = this.face.table().sorting();
    keepSorting(names, this.exists);
    if (this.exists && this.wasOn && names.length) this.refuse();
    if (this.on && !this.wasOn) this.unsay?.();
    this.wasOn = this.on;
    this.face.changed();
  }

  /** Says that the rows are sorted by a column, with the way back. */
  refuse() {
    const back = /** @type {[string, () => void]} */ (this.exists ? [t("order.chip"), () => this.show(true)] : [t("order.newest"), () => this.show(false)]);
    this.say(t(this.exists ? "order.kept" : "order.sorted"), [back]);
  }

  /** @param {string[]} ids that were moved */
  tell(ids) {
    const rows = this.face.table().rowsInView();
    const row = rows.findIndex(({ id }) => ids.includes(id)) + 1;
    const text = ids.length > 1 ? t("order.moved.some", { n: ids.length, row, total: rows.length }) : t("order.moved", { id: ids[0], row, total: rows.length });
    const note = mayChange() ? "" : t(spellMoves(this.moves) || !this.exists ? "order.address" : "order.page");
    this.say(`${text} ${note}`.trim(), [[t("undo"), () => this.undo()]]);
  }

  /** @param {string} text @param {[string, () => void][]} actions */
  say(text, actions) {
    this.unsay?.();
    this.unsay = toast(text, { actions });
  }

  /** Keeps the order in the view's file; in the address where that may not be changed. */
  keep() {
    changeAddress({ rows: mayChange() ? "" : spellMoves(this.moves) });
    this.unsaved = mayChange();
    this.save();
  }

  /** Tells the server the moves, one time after the other. */
  async save() {
    if (this.saving) return;
    this.saving = true;
    try {
      while (this.unsaved) {
        this.unsaved = false;
        await ask("api/view", { method: "PATCH", body: { name: viewName(), set: { row_order: this.moves }, new: false } });
      }
    } catch (error) {
      this.unsaved ||= error instanceof ApiError && error.status === 0; // it is said once the server is back
      sayFailed(error);
    } finally {
      this.saving = false;
    }
  }
}
