// The cell of a run's id: its dot, the link to its page, and behind it marks of what is special about the run.
import { runAddress } from "./api.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { isNarrow } from "./narrow.js";
import { rulesOf } from "./ruled.js";
import { runDot } from "./run_dot.js";

/** @typedef {import("../frontend/types").Row} Row */

/** Dot and link stay the same elements as long as the row is drawn, so that no click on them is lost. */
export class IdCell {
  /** @param {import("ag-grid-community").ICellRendererParams<Row>} cell */
  init({ data, registerRowDragger }) {
    // In a narrow window there is no room for it, and a finger scrolls.
    /** @type {HTMLElement | null} */
    this.grip = isNarrow() ? null : element("span", { class: "grip", title: t("order.grip"), "aria-hidden": "true" });
    if (this.grip) registerRowDragger(this.grip, 4, undefined, true);
    this.gui = element("span", { class: "id-cell" });
    this.marks = element("span", { class: "marks" });
    /** @type {Row["id"] | null} */
    this.id = null;
    this.refresh({ data });
  }

  getGui() {
    return /** @type {HTMLElement} */ (this.gui);
  }

  /** @param {{data?: Row}} cell */
  refresh({ data }) {
    if (!data || !this.gui || !this.marks) return true;
    if (this.id !== data.id) this.gui.replaceChildren(this.grip ?? "", runDot(data), nameOf(data), this.marks);
    this.id = data.id;
    const marks = marksOf(data);
    const isSame = marks.length === this.marks.childElementCount && marks.every((mark, at) => mark.isEqualNode(this.marks?.children[at] ?? null));
    if (!isSame) this.marks.replaceChildren(...marks);
    return true;
  }
}

/** @param {Row} row */
function nameOf({ id, added }) {
  const name = element("bdi", {}, id);
  return added ? element("span", { class: "name" }, name) : element("a", { class: "name", href: runAddress(id), tabIndex: -1 }, name);
}

/** @param {Row} row @returns {HTMLElement[]} */
function marksOf(row) {
  const tags = [
    row.added ? t("tag.added") : "",
    row.folds ? t("tag.ranks", { n: row.folds }) : row.job ? t("tag.rank", { rank: row["meta-rank"] }) : "",
    row.deleted ? t("tag.deleted") : row.hidden ? t("tag.hidden") : "",
  ];
  const odd = Object.entries(row.diverged ?? {});
  const divergence = odd.length ? divergenceMark(odd) : [];
  const warnings = [row.skipped ? t("cell.skipped", { n: row.skipped }) : "", row.in_doubt ? t("cell.in_doubt") : ""];
  return [
    ...tags.filter(Boolean).map((text) => element("span", { class: row.added && text === tags[0] ? "tag added" : "tag", title: text }, text)),
    ...divergence,
    ...ruleMark(rulesOf(row.id)),
    ...warnings.filter(Boolean).map((title) => element("span", { class: "skipped", title }, "⚠")),
  ];
}

/** @param {string[]} rules that find the run @returns {HTMLElement[]} */
function ruleMark(rules) {
  if (!rules.length) return [];
  const title = t("cell.ruled", { rules: rules.join("; ") });
  return [element("span", { class: "tag ruled", role: "img", "aria-label": title, title }, "⚑")];
}

/**
 * @param {[string, string][]} odd what is NaN or infinite, with that word
 * @returns {HTMLElement[]} in words for those who do not see it
 */
function divergenceMark(odd) {
  const title = t("cell.diverged", { what: odd.map(([key, word]) => `${key}: ${word}`).join(", ") });
  const text = odd.some(([, word]) => word === "NaN") ? "NaN" : "∞";
  return [element("span", { class: "tag diverged", role: "img", "aria-label": title, title }, text)];
}
