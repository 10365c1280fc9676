// Two groups of the selected runs against each other: those with one value in a column, and another.
import { ApiError, ask, changeAddress, spell } from "./api.js";
import { isInternal } from "./columns.js";
import { element } from "./dom.js";
import { count, shortNumber, shown, whole } from "./format.js";
import { t } from "./i18n.js";
import { copyButton } from "./shell.js";
import { inView } from "./view.js";
import "./stats_texts.js";

/** @typedef {{value: unknown, n: number}} Value */
/** @typedef {import("./statistics.js").Spread} Spread */
/** @typedef {{a: Spread | null, b: Spread | null, difference: number | null, t: number | null, df: number | null, p: number | null, interval: number[] | null}} Contrast */
/** @typedef {{columns: Record<string, Contrast>, resamples: number, largest: number, install: string | null}} Answer */

const HEADINGS = ["n", "meanA", "meanB", "difference", "interval", "t", "df", "p"];
/** Below this a float is none; nobody may read that there is no chance at all. */
const LEAST_P = 1e-300;

/**
 * @param {string[]} ids the runs
 * @param {Record<string, Value[]>} splits columns that part them
 * @returns {HTMLElement[]} nothing where no column does
 */
export function contrastsOf(ids, splits) {
  const keys = Object.keys(splits).filter((key) => !isInternal(key));
  return keys.length ? [new Contrasts(ids, splits, keys).host] : [];
}

class Contrasts {
  /** @param {string[]} ids @param {Record<string, Value[]>} splits @param {string[]} keys */
  constructor(ids, splits, keys) {
    this.ids = ids;
    this.splits = splits;
    this.by = element("select", {}, element("option", { value: "" }, t("contrast.choose")), ...keys.map((value) => element("option", { value }, value)));
    this.a = element("select");
    this.b = element("select");
    this.sides = [labelled("contrast.a", this.a), labelled("contrast.b", this.b)];
    for (const side of this.sides) side.hidden = true;
    this.result = element("div", { "aria-live": "polite" });
    const choice = element("div", { class: "contrast-choice" }, labelled("contrast.by", this.by), ...this.sides);
    this.host = element("section", { class: "contrast", "aria-label": t("contrast.title") }, element("h3", {}, t("contrast.title")), choice, this.result);
    this.asked = 0;
    this.by.addEventListener("change", () => this.chosen());
    for (const side of [this.a, this.b]) side.addEventListener("change", () => this.compare());
    this.restore();
  }

  /** Takes up the groups that the address names. */
  restore() {
    const query = new URLSearchParams(location.search);
    const by = query.get("vs") ?? "";
    const places = ["vs.a", "vs.b"].map((name) => this.splits[by]?.findIndex(({ value }) => whole(value) === (query.get(name) ?? "")));
    if (![...this.by.options].some(({ value }) => by && value === by)) return;
    this.by.value = by;
    this.offer();
    for (const [turn, side] of [this.a, this.b].entries()) if (places[turn] >= 0) side.value = String(places[turn]);
    this.compare();
  }

  /** Keeps the groups in the address, the absent value as one that is not named. */
  keep() {
    const by = this.by.value;
    const [a, b] = [this.a, this.b].map((side) => spell(whole(this.splits[by]?.[Number(side.value)]?.value)));
    changeAddress({ vs: spell(by), "vs.a": by && a, "vs.b": by && b });
  }

  /** Offers the values of the column; the two that most runs have come first. */
  offer() {
    const values = this.splits[this.by.value] ?? [];
    for (const side of this.sides) side.hidden = !values.length;
    const options = () => values.map(({ value, n }, place) => element("option", { value: String(place) }, t("contrast.value", { value: shown(value) || t("contrast.empty"), n: count(n) })));
    this.a.replaceChildren(...options());
    this.b.replaceChildren(...options());
    if (values.length) this.b.value = "1";
  }

  chosen() {
    this.offer();
    this.compare();
  }

  async compare() {
    const turn = ++this.asked;
    const by = this.by.value;
    this.keep();
    if (!by) return this.result.replaceChildren();
    if (this.a.value === this.b.value) return this.say(t("contrast.same"));
    const [a, b] = [this.a, this.b].map((side) => this.splits[by][Number(side.value)].value);
    try {
      const answer = await ask("api/statistics/groups", { method: "POST", body: inView({ ids: this.ids, by, a, b }) });
      if (turn === this.asked) this.draw(answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (turn === this.asked) this.say(t("failed", { error: error.message }));
    }
  }

  /** @param {string} text */
  say(text) {
    this.result.replaceChildren(element("p", { class: "note", role: "status" }, text));
  }

  /** @param {Answer} answer */
  draw({ columns, resamples, largest, install }) {
    const table = element("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": t("contrast.title") }, tableOf(columns));
    const note = install
      ? element("p", { class: "note" }, t("contrast.install"), " ", element("code", {}, install), copyButton(install))
      : element("p", { class: "note" }, t("contrast.how", { n: count(resamples) }));
    const isLarge = Object.values(columns).some(({ p, interval }) => p !== null && !interval);
    if (isLarge) note.append(" ", t("contrast.large", { n: count(largest) }));
    this.result.replaceChildren(table, note);
  }
}

/** @param {string} text @param {HTMLElement} control */
function labelled(text, control) {
  return element("label", {}, element("span", {}, t(text)), control);
}

/** @param {Record<string, Contrast>} columns */
function tableOf(columns) {
  const heading = (/** @type {string} */ text, number = true) => element("th", { scope: "col", class: number ? "number" : undefined }, text);
  const head = [heading(t("stats.metric"), false), ...HEADINGS.map((name) => heading(t(`contrast.${name}`)))];
  const rows = Object.entries(columns).map(([key, contrast]) => element("tr", {}, element("th", { scope: "row" }, key.replace(/^metric-/, "")), ...cellsOf(contrast)));
  return element("table", { class: "plain" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}

/** @param {Contrast} contrast */
function cellsOf({ a, b, difference, t: score, df, p, interval }) {
  const chance = p !== null && p < LEAST_P ? cell(`< ${LEAST_P}`, whole(p)) : number(p);
  const range = interval ? cell(interval.map(shortNumber).join(" … "), interval.map(whole).join(" … ")) : cell("–");
  return [cell(`${count(a?.n ?? 0)}; ${count(b?.n ?? 0)}`), number(a?.mean), number(b?.mean), number(difference), range, number(score), number(df), chance];
}

/** @param {number | null | undefined} value */
function number(value) {
  return value === null || value === undefined ? cell("–") : cell(shortNumber(value), whole(value));
}

/** @param {string} text @param {string} [title] the number in full */
function cell(text, title) {
  return element("td", { class: "number", title }, text);
}
