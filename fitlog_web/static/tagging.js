// The tags of runs in the table: their window, the change and its undo, the cells.
import { ask } from "./api.js";
import { t } from "./i18n.js";
import { sayFailed, toast } from "./shell.js";
import { TAGS, withTag } from "./tags.js";

/** @typedef {import("../frontend/types").Row} Row */
/**
 * @typedef {object} Face what tagging asks of the page
 * @property {() => Map<string, Row>} rows
 * @property {() => boolean} hasColumn whether the table has the column of tags
 * @property {(id: string, key: string, value: string | null) => void} draw draws a cell anew
 * @property {(undo: () => void) => void} undone keeps what takes the change back
 * @property {() => Promise<void>} reload fetches the table again
 * @property {() => Promise<void>} changed values are others now
 */

/** Changes tags. */
export class Tagging {
  /** @param {Face} face */
  constructor(face) {
    this.face = face;
  }

  /** @param {string[]} ids @param {DOMRect} place under which the window opens */
  async open(ids, place) {
    const { openTags } = await import("./tag_menu.js");
    openTags(place, {
      rows: () => ids.flatMap((id) => this.face.rows().get(id) ?? []),
      all: () => this.face.rows().values(),
      set: (tag, on) => this.set(ids, tag, on),
    });
  }

  /** @param {string[]} ids @param {string} tag @param {boolean} on @returns {Promise<boolean>} whether the server did it */
  async set(ids, tag, on) {
    /** @type {string[]} */
    let changed;
    try {
      ({ changed } = await ask("api/tags", { method: "POST", body: { ids, tag, on } }));
    } catch (error) {
      sayFailed(error);
      return false;
    }
    if (!changed.length) return true;
    await this.show(changed, tag, on);
    const undo = () => void this.set(changed, tag, !on);
    this.face.undone(undo);
    toast(t(on ? "tags.put" : "tags.taken", { tag, n: changed.length }), { actions: [[t("undo"), undo]] });
    return true;
  }

  /** @param {string[]} ids @param {string} tag @param {boolean} on */
  async show(ids, tag, on) {
    // The first tag makes the column, the last one takes it away.
    if (!this.face.hasColumn()) return this.face.reload();
    for (const id of ids) this.face.draw(id, TAGS, withTag(this.face.rows().get(id)?.[TAGS], tag, on) || null);
    await this.face.changed();
  }
}
