// The page of summary tables: results of runs by the values of their columns.
import { mayChange } from "./allowed.js";
import { ApiError, ask, askText, readList, root, spellList } from "./api.js";
import { byId, element, pageData } from "./dom.js";
import { t } from "./i18n.js";
import { ColumnDrag } from "./pivot_drag.js";
import { formParts } from "./pivot_form.js";
import { pivotTable, sources } from "./pivot_table.js";
import "./pivot_texts.js";
import { beginPage, copy, openDialog, sayFailed, toast } from "./shell.js";

/** @typedef {import("./pivot_form.js").Chosen} Chosen */
/** @typedef {import("./pivot_table.js").Pivot} Pivot */

const FORMATS = { csv: "CSV", md: "Markdown", tex: "LaTeX" };
const EMPTY = { vertical: "", horizontals: [], results: [], names: [], method: "avg_std", criteria: [], best: "max", against: "", q: "", hidden: true };

/** @param {string} key @returns {boolean} whether scripts record the column, not people */
function isRecorded(key) {
  return /^(hyper|metric|other)-/.test(key);
}

/** @param {Pivot} pivot without a row @param {Chosen} chosen @returns {string} why, and what to do */
function nothingIn({ lacking }, { q, results }) {
  const nothing = t(q ? "pivot.nothing.search" : "pivot.nothing");
  return results.some((key) => lacking.includes(key)) ? `${nothing} ${t("pivot.lacking", { keys: lacking.join(", ") })}` : nothing;
}

class PivotPage {
  constructor() {
    /** @type {string[]} */
    this.saved = pageData().summaries;
    /** @type {Chosen} */
    this.chosen = { ...EMPTY };
    this.name = "";
    /** @type {any} what the saved summary says, which a change is based on */
    this.was = null;
    /** @type {Pivot | null} */
    this.pivot = null;
    this.asked = 0;
    /** The saved summary whose rows that somebody added stand beneath the others. */
    this.added = "";
  }

  async start() {
    new ColumnDrag(byId("pivot-form"), { chosen: () => this.chosen, choose: (changes) => this.choose(changes), preview: (changes) => this.preview(changes) });
    const query = new URLSearchParams(location.search);
    const name = query.get("summary") ?? "";
    this.added = query.get("added") ?? "";
    const method = query.get("method") ?? EMPTY.method;
    const results = readList("results");
    const names = readList("result_maps");
    this.chosen = {
      ...EMPTY,
      ...(name ? await this.read(name) : { vertical: query.get("vertical") ?? "", horizontals: readList("horizontals"), results, names: names.length === results.length ? names : results, method, criteria: readList("criteria") }),
      best: query.get("best") ?? "max",
      against: query.get("against") ?? "",
      q: query.get("q") ?? "",
      hidden: query.get("hidden") !== "0",
    };
    await this.draw();
  }

  /** @param {string} name of a saved summary */
  async read(name) {
    const { summary, added } = await ask(`api/summary?name=${encodeURIComponent(name)}`);
    this.name = name;
    this.added = added ? name : "";
    this.was = summary;
    const { vertical, horizontals, results, result_maps: names, method, criteria } = summary;
    return { vertical, horizontals, results, names, method, criteria };
  }

  /** @param {Partial<Chosen>} changes */
  choose(changes) {
    this.chosen = { ...this.chosen, ...changes };
    this.draw().catch(sayFailed);
  }

  /** @param {Partial<Chosen> | null} changes those of which the table is to be seen before they are made; null to see it as it is */
  preview(changes) {
    byId("pivot-table").classList.toggle("preview", changes !== null);
    this.load({ ...this.chosen, ...changes }, false).catch(sayFailed);
  }

  isReady({ vertical, horizontals, results } = this.chosen) {
    return results.length > 0 && (vertical !== "" || horizontals.length > 0);
  }

  /** @returns {string} the choices as the address and the server take them */
  query({ vertical, horizontals, results, names, method, criteria, best, against, q, hidden } = this.chosen) {
    const spelled = Object.entries({
      vertical: encodeURIComponent(vertical),
      horizontals: spellList(horizontals),
      results: spellList(results),
      result_maps: names.join("\n") === results.join("\n") ? "" : spellList(names),
      method: method === "avg_std" ? "" : method,
      criteria: method.startsWith("avg") ? "" : spellList(criteria),
      best: best === "max" ? "" : best,
      against: encodeURIComponent(against),
      q: encodeURIComponent(q),
      hidden: hidden ? "" : "0",
      added: encodeURIComponent(this.added),
    });
    return spelled.filter(([, value]) => value).map(([name, value]) => `${name}=${value}`).join("&");
  }

  /** Draws the choices, asks for the table and draws that. */
  async draw() {
    const query = this.query();
    history.replaceState(null, "", `${location.pathname}${query ? `?${query}` : ""}`);
    this.drawForm();
    byId("pivot-sources").hidden = true;
    byId("pivot-table").classList.remove("preview");
    await this.load(this.chosen, true);
  }

  /**
   * Asks for a table and draws it.
   * @param {Chosen} chosen
   * @param {boolean} isMade whether these are the choices, not what they may become
   */
  async load(chosen, isMade) {
    const turn = ++this.asked;
    if (!this.isReady(chosen)) return this.show(null, chosen, isMade, t(pageData().columns.some(isRecorded) ? "pivot.begin" : "pivot.empty"));
    if (isMade && !this.pivot) this.show(null, chosen, isMade, t("chart.loading"));
    try {
      const pivot = await ask(`api/pivot?${this.query(chosen)}`);
      if (turn === this.asked) this.show(pivot, chosen, isMade);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (turn === this.asked) this.show(null, chosen, isMade, error.message, true);
    }
  }

  drawForm() {
    const focused = this.focused();
    const scrolled = byId("pivot-form").querySelector(".unused .several")?.scrollTop ?? 0;
    const parts = formParts(this.chosen, pageData().columns, this.pivot?.rows ?? [], pageData().hidden, (changes) => this.choose(changes));
    byId("pivot-form").replaceChildren(this.savedPart(), ...parts, ...this.downloads());
    const list = byId("pivot-form").querySelector(".unused .several");
    if (list) list.scrollTop = scrolled;
    focused();
  }

  /** @returns {() => void} gives the focus back once the choices are drawn anew */
  focused() {
    const form = byId("pivot-form");
    const active = document.activeElement;
    const at = [...form.querySelectorAll("select, input")].indexOf(/** @type {Element} */ (active));
    const key = active instanceof HTMLElement && form.contains(active) ? active.dataset.key : undefined;
    const place = active?.closest("[data-place]")?.getAttribute("data-place");
    return () => {
      const button = [...form.querySelectorAll("button[data-key]")].find((each) => each.getAttribute("data-key") === key);
      const found = key === undefined ? form.querySelectorAll("select, input")[at] : (button ?? form.querySelector(`[data-place="${place}"] select`));
      if (found instanceof HTMLElement) found.focus();
    };
  }

  /** @param {Pivot | null} pivot @param {Chosen} chosen @param {boolean} isMade @param {string} [text] @param {boolean} [isFault] */
  show(pivot, chosen, isMade, text = "", isFault = false) {
    if (isMade) this.keep(pivot);
    const fault = byId("pivot-fault");
    const empty = pivot && !pivot.rows.length ? nothingIn(pivot, chosen) : text;
    fault.hidden = !empty;
    fault.className = isFault ? "wrong" : "muted";
    fault.textContent = empty;
    const { vertical, best, against } = chosen;
    const corner = vertical.split("-").at(-1) ?? "";
    byId("pivot-table").replaceChildren(...(pivot?.rows.length ? [pivotTable(pivot, { corner, best, against, open: (cell, place) => this.open(cell, place) })] : []));
    byId("pivot-notes").textContent = pivot?.rows.length ? this.notes(pivot) : "";
  }

  /** @param {Pivot | null} pivot the table of the choices, whose rows are choices themselves */
  keep(pivot) {
    const before = String(this.pivot?.rows);
    this.pivot = pivot;
    if (before !== String(pivot?.rows)) this.drawForm();
  }

  /** @param {Pivot} pivot */
  notes(pivot) {
    const { method, against } = this.chosen;
    const marks = !method.startsWith("avg") ? "pivot.delta" : pivot.can_test ? "pivot.tested" : "pivot.untested";
    const compared = against ? t(marks, { row: against }) : "";
    const cells = pivot.cells.flat().filter((cell) => cell !== null);
    const odd = cells.reduce((sum, cell) => sum + cell.odd, 0);
    const single = cells.every(({ ids }) => ids.length < 2);
    const deviation = method === "avg_std" && cells.some(({ n }) => n) ? t(single ? "pivot.single" : "pivot.deviation") : "";
    const parts = [
      deviation,
      compared,
      pivot.left_out ? t("pivot.left_out", { n: pivot.left_out }) : "",
      pivot.added ? t("pivot.added", { n: pivot.added }) : "",
      odd ? t("pivot.odd", { n: odd }) : "",
      pivot.lacking.length ? t("pivot.lacking", { keys: pivot.lacking.join(", ") }) : "",
    ];
    return parts.filter(Boolean).join(" ");
  }

  /** @param {import("./pivot_table.js").Cell} cell @param {string} place */
  open(cell, place) {
    const section = byId("pivot-sources");
    section.replaceChildren(...sources(cell, place));
    section.hidden = false;
    section.scrollIntoView({ block: "nearest" });
  }

  savedPart() {
    const names = ["", ...this.saved];
    const box = element("select", {}, ...names.map((value) => element("option", { value }, value || t("pivot.unsaved"))));
    box.value = this.saved.includes(this.name) ? this.name : "";
    box.addEventListener("change", () => this.take(box.value).catch(sayFailed));
    const buttons = [];
    if (mayChange() && this.isReady()) buttons.push(element("button", { type: "button", onclick: () => this.save() }, t("pivot.save")));
    if (mayChange() && box.value) buttons.push(element("button", { type: "button", onclick: () => this.remove().catch(sayFailed) }, t("pivot.remove")));
    return element("div", { class: "field" }, element("label", { class: "field" }, element("span", { class: "muted" }, t("pivot.saved")), box), ...buttons);
  }

  /** @param {string} name */
  async take(name) {
    this.name = name;
    this.was = null;
    this.added = "";
    this.choose(name ? { ...(await this.read(name)), against: "" } : { ...EMPTY, q: this.chosen.q });
  }

  summary() {
    const { vertical, horizontals, method, criteria, results, names } = this.chosen;
    return { vertical, horizontals, method, criteria, results, result_maps: names };
  }

  save() {
    const input = element("input", { type: "text", value: this.name, required: true, spellcheck: false, autocomplete: "off" });
    const over = element("p", { class: "muted", role: "status" });
    const fault = element("p", { class: "wrong", role: "alert", hidden: true });
    const go = element("button", { type: "submit", class: "primary" }, t("pivot.save.do"));
    const form = element("form", { class: "fields" }, element("label", {}, element("span", {}, t("pivot.save.name")), input), over, fault, element("div", { class: "actions" }, go));
    const dialog = openDialog(t("pivot.save.title"), form);
    const tell = () => (over.textContent = this.saved.includes(input.value.trim()) ? t("pivot.save.over") : "");
    input.addEventListener("input", tell);
    tell();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await this.write(input.value.trim());
        dialog.close();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        fault.textContent = error.message;
        fault.hidden = false;
      }
    });
    input.focus();
  }

  /** @param {string} name */
  async write(name) {
    const known = name === this.name ? this.was : this.saved.includes(name) ? (await ask(`api/summary?name=${encodeURIComponent(name)}`)).summary : null;
    const { summary } = await ask("api/summary", { method: "PUT", body: { name, summary: this.summary(), was: known } });
    this.name = name;
    this.was = summary;
    this.saved = [...new Set([...this.saved, name])].sort();
    this.drawForm();
    toast(t("pivot.save.done", { name }));
  }

  async remove() {
    const name = this.name;
    // A damaged one cannot be read, and does not come back.
    const said = await ask(`api/summary?name=${encodeURIComponent(name)}`).catch(() => null);
    const { beside } = await ask("api/summary", { method: "DELETE", body: { name } });
    this.saved = this.saved.filter((other) => other !== name);
    this.name = "";
    this.was = null;
    this.added = "";
    await this.draw();
    const undo = () => this.bringBack({ name, summary: said.summary, beside }).catch(sayFailed);
    toast(t("pivot.removed", { name }), { actions: said ? [[t("undo"), undo]] : [] });
  }

  /** @param {{name: string, summary: object, beside: object}} removed */
  async bringBack(removed) {
    await ask("api/summary", { method: "PUT", body: removed });
    this.saved = [...new Set([...this.saved, removed.name])].sort();
    await this.take(removed.name);
  }

  downloads() {
    if (!this.pivot?.rows.length) return [];
    const links = Object.entries(FORMATS).map(([format, kind]) => element("a", { class: "button", href: `${root}api/pivot?${this.query()}&format=${format}`, download: `summary.${format}`, "aria-label": t("pivot.download", { kind }) }, kind));
    const copied = element("button", { type: "button" }, t("pivot.copy"));
    copied.addEventListener("click", async () => copy(await askText(`api/pivot?${this.query()}&format=tex`)));
    return [element("div", { class: "field" }, ...links, copied)];
  }
}

byId("pivot-form").addEventListener("submit", (event) => event.preventDefault());
beginPage(() => new PivotPage().start());
