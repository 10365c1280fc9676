// Cells edited by hand: shown at once, saved with what they replaced, kept where saving fails.
import { ApiError, ask } from "./api.js";
import { element } from "./dom.js";
import { whole } from "./format.js";
import { t } from "./i18n.js";
import { toast } from "./shell.js";
import { inView } from "./view.js";

/** @typedef {import("../frontend/types").Row} Row */
/**
 * @typedef {object} Edit one cell that is not saved yet
 * @property {string} id
 * @property {string} key
 * @property {string} text
 * @property {string} was the value the server has, as far as this page knows
 * @property {boolean} busy
 * @property {boolean} offline whether the last try found no server
 */

/** The edits that the server has not confirmed. */
export class Edits {
  /**
   * @param {(row: Row) => void} show shows a whole row as the server has it
   * @param {(id: string, key: string, value: string | null) => void} draw shows one cell
   */
  constructor(show, draw) {
    this.show = show;
    this.draw = draw;
    /** @type {Map<string, Edit>} */
    this.pending = new Map();
  }

  /** @param {{id: string}} row @param {string} key */
  isUnsaved(row, key) {
    return this.pending.has(`${row.id}\n${key}`);
  }

  /**
   * Puts what is not saved yet over a row that came from the server.
   * @param {Row} row
   * @returns {Row}
   */
  over(row) {
    for (const { id, key, text } of this.pending.values()) if (id === row.id) row[key] = text;
    return row;
  }

  /**
   * Takes up a cell's new text and saves it.
   * @param {string} id
   * @param {string} key
   * @param {string} text
   * @param {unknown} old what the cell showed before
   */
  begin(id, key, text, old) {
    const name = `${id}\n${key}`;
    const before = this.pending.get(name);
    const edit = before ?? { id, key, text, was: whole(old), busy: false, offline: false };
    edit.text = text;
    this.pending.set(name, edit);
    this.draw(id, key, text);
    if (!edit.busy) this.save(edit);
  }

  /** Tries again what could not be saved for want of a server. */
  retry() {
    for (const edit of this.pending.values()) if (edit.offline && !edit.busy) this.save(edit);
  }

  /** @param {Edit} edit */
  async save(edit) {
    const { id, key, text, was } = edit;
    edit.busy = true;
    try {
      const { row } = await ask(`api/runs/${encodeURIComponent(id)}`, {
        method: "PATCH",
        body: inView({ set: { [key]: text }, was: { [key]: was } }),
      });
      this.saved(edit, text, row);
    } catch (error) {
      edit.busy = false;
      edit.offline = error instanceof ApiError && error.status === 0;
      if (error instanceof ApiError && error.status === 409) this.conflict(edit, whole(error.body.found));
      else this.failed(edit, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {Edit} edit @param {string} text @param {Row} row */
  saved(edit, text, row) {
    edit.busy = false;
    if (edit.text !== text) {
      // The cell was edited once more while this was on its way.
      edit.was = text;
      this.save(edit);
      return;
    }
    this.pending.delete(`${edit.id}\n${edit.key}`);
    this.show(row);
    this.draw(edit.id, edit.key, row[edit.key] ?? null);
  }

  /** @param {Edit} edit @param {string} found */
  conflict(edit, found) {
    const value = (/** @type {string} */ text) => element("dd", {}, text || t("edit.empty"));
    const detail = element("dl", {}, element("dt", {}, t("edit.mine")), value(edit.text), element("dt", {}, t("edit.theirs")), value(found));
    const keep = () => {
      edit.was = found;
      this.save(edit);
    };
    toast(t("edit.conflict", { id: edit.id, key: nameOf(edit.key) }), {
      error: true,
      stay: true,
      detail,
      actions: [
        [t("edit.keep"), keep],
        [t("edit.take"), () => this.drop(edit, found)],
      ],
    });
  }

  /** @param {Edit} edit @param {string} error */
  failed(edit, error) {
    // Without a server the banner says so already, and the edit is saved when it is back.
    if (edit.offline) return;
    toast(t("edit.failed", { id: edit.id, key: nameOf(edit.key), error: error.replace(/[.。]$/, "") }), {
      error: true,
      stay: true,
      actions: [
        [t("edit.retry"), () => this.save(edit)],
        [t("edit.discard"), () => this.drop(edit, edit.was)],
      ],
    });
  }

  /** @param {Edit} edit @param {string} value */
  drop(edit, value) {
    this.pending.delete(`${edit.id}\n${edit.key}`);
    this.draw(edit.id, edit.key, value || null);
  }
}

/** @param {string} key @returns {string} what the column is called over the table */
function nameOf(key) {
  return key === "memo" ? t("column.memo") : key;
}
