// The dialog in which a row is added by hand, such as a result from a paper: every value has a type.
import { ApiError, ask } from "./api.js";
import { isInternal } from "./columns.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { openDialog, toast } from "./shell.js";
import { takeAway } from "./take_away.js";
import { typed } from "./typed.js";

/** @typedef {import("../frontend/types").Column} Column */
/** @typedef {import("../frontend/types").Row} Row */
/**
 * @typedef {object} Table
 * @property {() => Column[]} columns all that there are
 * @property {(id: string) => boolean} has whether a row has that id
 * @property {(row: Row, widens: boolean) => Promise<boolean>} added a row was added, perhaps with columns of its own; tells whether it is in view
 * @property {(id: string) => unknown} removed a row was taken away again
 */

const OWN = new Set(["id", "state", "memo", "progress"]);

/** @param {Table} table */
export function openAddRow(table) {
  new AddRow(table);
}

class AddRow {
  /** @param {Table} table */
  constructor(table) {
    this.table = table;
    const text = { type: "text", autocomplete: "off", spellcheck: false };
    this.id = element("input", { ...text, required: true, maxLength: 200 });
    this.memo = element("input", { type: "text", autocomplete: "off" });
    /** @type {Line[]} */
    this.lines = [];
    this.list = element("div", { class: "values" });
    this.fault = element("p", { class: "wrong", role: "alert", hidden: true });
    this.save = element("button", { type: "submit", class: "primary" }, t("add.do"));
    const cancel = element("button", { type: "button" }, t("cancel"));
    const names = element("datalist", { id: "add-columns" }, ...this.offered().map((value) => element("option", { value })));
    const form = element(
      "form",
      { class: "fields" },
      element("label", {}, element("span", {}, t("add.id")), this.id),
      element("label", {}, element("span", {}, t("column.memo")), this.memo),
      this.list,
      names,
      element("p", { class: "muted hint" }, t("add.hint")),
      this.fault,
      element("div", { class: "actions" }, cancel, this.save),
    );
    this.dialog = openDialog(t("add.title"), form);
    this.dialog.classList.add("wide", "add-row");
    cancel.addEventListener("click", () => this.dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.save.disabled) this.send();
    });
    this.grow();
    this.id.focus();
  }

  /** The columns that may be chosen from. */
  offered() {
    return this.table.columns().map(({ key }) => key).filter((key) => !OWN.has(key) && !isInternal(key));
  }

  /** Keeps one empty line at the end, for whoever types into the last one. */
  grow() {
    if (this.lines.at(-1)?.isEmpty()) return;
    const line = new Line(this.lines.length + 1, () => this.grow());
    this.lines.push(line);
    this.list.append(line.host);
  }

  async send() {
    const id = this.id.value.trim();
    const memo = this.memo.value.trim();
    const values = this.lines.filter((line) => !line.isEmpty()).map((line) => ({ key: this.columnOf(line.name()), value: line.value() }));
    const wrong = this.wrong(id, values);
    if (wrong) return this.say(wrong);
    const cells = [...values];
    if (memo) cells.push({ key: "memo", value: memo });
    if (!cells.length) return this.say(t("add.nothing"));
    this.save.disabled = true;
    try {
      const body = Object.fromEntries([["id", id], ...cells.map(({ key, value }) => [key, value])]);
      const { row } = await ask("api/runs", { method: "POST", body });
      await this.done(row, cells.map(({ key }) => key));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.say(error.message);
    }
    this.save.disabled = false;
  }

  /** @param {Row} row @param {string[]} keys */
  async done(row, keys) {
    this.dialog.close();
    const known = new Set(this.table.columns().map(({ key }) => key));
    const isInView = await this.table.added(row, keys.some((key) => !known.has(key)));
    toast(t(isInView ? "add.done" : "add.done.unseen", { id: row.id }), { actions: [[t("undo"), () => takeAway(row.id, () => this.table.removed(row.id))]] });
  }

  /**
   * The column that a typed name means; one that there is counts in any spelling.
   * @param {string} name
   */
  columnOf(name) {
    const alike = (/** @type {string} */ key) => key.replace(/[- ]/g, "_");
    const found = this.table.columns().find(({ key }) => alike(key) === alike(name));
    return found?.key ?? name.replace(/\s+/g, "_");
  }

  /**
   * @param {string} id
   * @param {{key: string, value: unknown}[]} values
   * @returns {string} what is wrong with them; nothing if they will do
   */
  wrong(id, values) {
    if (this.table.has(id)) return t("add.taken", { id });
    const keys = values.map(({ key }) => key);
    if (keys.includes("")) return t("add.nameless");
    const bare = values.find(({ value }) => value === null);
    if (bare) return t("add.valueless", { key: bare.key });
    const twice = keys.find((key, place) => keys.indexOf(key) !== place || key === "memo");
    if (twice) return t("add.twice", { key: twice });
    const others = [...this.table.columns().map(({ key }) => key), ...keys];
    const heading = keys.find((key) => others.some((other) => other.startsWith(`${key}-`)) && !others.slice(0, -keys.length).includes(key));
    return heading ? t("add.heading", { key: heading }) : "";
  }

  /** @param {string} fault */
  say(fault) {
    this.fault.textContent = fault;
    this.fault.hidden = false;
  }
}

/** One column and its value. */
class Line {
  /** @param {number} number @param {() => void} changed */
  constructor(number, changed) {
    const text = { type: "text", autocomplete: "off", spellcheck: false };
    this.column = element("input", { ...text, "aria-label": t("add.column", { n: number }), placeholder: t("add.column.some") });
    this.column.setAttribute("list", "add-columns");
    this.text = element("input", { ...text, "aria-label": t("add.value", { n: number }), placeholder: t("add.value.some") });
    this.kind = element("select", { "aria-label": t("add.type", { n: number }) });
    this.host = element("div", {}, this.column, this.text, this.kind);
    for (const input of [this.column, this.text]) {
      input.addEventListener("input", () => {
        this.draw();
        changed();
      });
    }
    this.draw();
  }

  /** Shows what the value will be; a number or a truth may be kept as text. */
  draw() {
    const { kind } = typed(this.text.value);
    const kept = this.kind.value === "text" && !this.isMetric();
    const kinds = kind === "none" || kind === "text" || this.isMetric() ? [kind] : [kind, "text"];
    this.kind.replaceChildren(...kinds.map((each) => element("option", { value: each }, t(`add.type.${each}`))));
    if (kept && kinds.includes("text")) this.kind.value = "text";
    this.kind.disabled = kinds.length < 2;
  }

  /** Whether a number is one in any case: those of metrics are read as such. */
  isMetric() {
    return this.name().startsWith("metric-");
  }

  isEmpty() {
    return !this.name() && !this.text.value.trim();
  }

  name() {
    return this.column.value.trim();
  }

  /** @returns {string | number | boolean | null} */
  value() {
    return this.kind.value === "text" ? this.text.value.trim() : typed(this.text.value).value;
  }
}
