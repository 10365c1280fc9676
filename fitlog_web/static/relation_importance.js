// Which hyperparameters matter for a result: rank correlation beside what a forest relies on.
import { ApiError, ask } from "./api.js";
import { element } from "./dom.js";
import { count, shortNumber, whole } from "./format.js";
import { t } from "./i18n.js";
import { copyButton } from "./shell.js";
import { inView } from "./view.js";

/** @typedef {{key: string, kind: string, n: number, values: number, high: string | null, rho: number | null, interval: number[] | null, strength: number | null, p: number | null, importance: number | null, spread: number | null}} Influence */
/** @typedef {{result: string, runs: number, n: number, used: number, least: number, enough: number, same: string[], columns: Influence[], score: number | null, forest_least: number, forest_runs: number, forest_columns: number, install: string | null}} Influences */

const HEADINGS = ["correlation", "interval", "p", "importance", "n"];

export class Importance {
  /**
   * @param {HTMLElement} host
   * @param {object} page
   * @param {() => string[]} page.results columns to choose from
   * @param {() => string} page.result the one in the address
   * @param {(key: string) => void} page.choose
   * @param {() => string[]} page.ids the runs in the table beneath the chart
   */
  constructor(host, { results, result, choose, ids }) {
    this.ids = ids;
    this.result = result;
    this.turn = 0;
    this.results = results;
    this.box = element("select", {});
    this.offer();
    this.box.addEventListener("change", () => {
      choose(this.box.value);
      this.compute();
    });
    this.again = element("button", { type: "button", hidden: true, onclick: () => this.compute() });
    this.body = element("div", { "aria-live": "polite" });
    host.replaceChildren(element("h2", {}, t("imp.title")), element("div", { class: "choices" }, element("label", { class: "field" }, element("span", { class: "muted" }, t("imp.result")), this.box), this.again), this.body);
    /** @type {string} the runs that were computed with */
    this.of = "";
  }

  /** Offers the columns there are. */
  offer() {
    const keys = [...new Set([...this.results(), this.result()])].filter(Boolean);
    if (keys.length + 1 === this.box.options.length) return;
    this.box.replaceChildren(element("option", { value: "" }, t("imp.choose")), ...keys.map((value) => element("option", { value }, value)));
    this.box.value = this.result();
  }

  /** Other runs are shown than before: offers to compute anew. */
  changed() {
    this.offer();
    const ids = this.ids();
    this.again.hidden = !this.of || !ids.length || ids.join() === this.of;
    this.again.textContent = t("imp.again", { n: ids.length });
  }

  async compute() {
    const turn = ++this.turn;
    const ids = this.ids();
    const result = this.result();
    this.of = result ? ids.join() : "";
    this.again.hidden = true;
    if (!result) return this.body.replaceChildren();
    if (!ids.length) return this.say(t("imp.none"));
    this.say(t("imp.waiting"));
    try {
      // The forest takes seconds; what the ranks tell is there meanwhile.
      for (const forest of [false, true]) {
        const found = await ask("api/relations/importance", { method: "POST", body: inView({ ids, result, forest }) });
        if (turn !== this.turn) return;
        this.draw(found, forest);
        if (!found.columns.length) return;
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (turn === this.turn) this.say(t("failed", { error: error.message }));
    }
  }

  /** @param {string} text */
  say(text) {
    this.body.replaceChildren(element("p", { class: "muted" }, text));
  }

  /** @param {Influences} found @param {boolean} isWhole whether the forest was asked, too */
  draw(found, isWhole) {
    const { n, least, columns, enough, result } = found;
    if (n < least) return this.say(t("imp.few", { n, least, result }));
    if (!columns.length) return this.say(t("imp.same"));
    const small = n < enough ? element("p", { class: "rel-warning" }, t("imp.small", { n, enough, k: columns.length })) : null;
    this.body.replaceChildren(...[small, tableOf(columns), ...notes(found, isWhole)].filter((part) => part !== null));
  }
}

/** @param {Influence[]} columns */
function tableOf(columns) {
  const heading = (/** @type {string} */ name) => element("th", { scope: "col", class: name === "n" ? "number" : undefined, title: t(`imp.${name}.title`) }, t(`imp.${name}`));
  const most = Math.max(1e-9, ...columns.map(({ importance }) => importance ?? 0));
  const rows = columns.map((each) => element("tr", {}, element("th", { scope: "row" }, each.key.replace(/^hyper-/, "")), ...cellsOf(each, most)));
  const table = element("table", { class: "plain imp-table" }, element("thead", {}, element("tr", {}, element("th", { scope: "col" }, t("imp.column")), ...HEADINGS.map(heading))), element("tbody", {}, ...rows));
  return element("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": t("imp.title") }, table);
}

/** @param {Influence} each @param {number} most */
function cellsOf({ kind, high, rho, interval, strength, p, importance, spread, n, values }, most) {
  const figure = rho !== null ? rho : strength;
  const sign = rho === null ? t("imp.category", { n: values }) : kind === "two" ? t("imp.two", { value: high ?? "" }) : "";
  const correlation = figure === null ? element("td", { class: "muted" }, kind === "category" ? t("imp.many", { n: values }) : "–") : barCell(figure, 1, rho === null ? shortNumber(round(figure)) : signed(figure), sign, rho !== null);
  const range = interval ? element("td", { class: "number", title: interval.map(whole).join(" … ") }, interval.map((end) => signed(end)).join(" … ")) : element("td", { class: "number muted" }, "–");
  const chance = p === null ? element("td", { class: "number muted" }, "–") : element("td", { class: p < 0.05 ? "number" : "number muted", title: whole(p) }, p < 0.001 ? "< 0.001" : shortNumber(Number(p.toPrecision(2))));
  const forest = importance === null ? element("td", { class: "muted" }, "–") : barCell(Math.max(0, importance), most, `${shortNumber(round(importance))} ± ${shortNumber(round(spread ?? 0))}`.replace("-", "−"), "", false);
  return [correlation, range, chance, forest, element("td", { class: "number" }, count(n))];
}

/** @param {number} value @param {number} most @param {string} text @param {string} note @param {boolean} both whether it may point either way */
function barCell(value, most, text, note, both) {
  const bar = element("i", { class: value < 0 ? "below" : undefined, "aria-hidden": "true" });
  const share = Math.min(1, Math.abs(value) / most) * (both ? 50 : 100);
  bar.style.width = `${share}%`;
  bar.style.left = both ? (value < 0 ? `${50 - share}%` : "50%") : "0";
  return element("td", {}, element("span", { class: both ? "imp-bar both" : "imp-bar", "aria-hidden": "true" }, bar), element("span", { class: "imp-figure" }, text), note ? element("span", { class: "muted" }, ` ${note}`) : null);
}

/** @param {number} value */
function round(value) {
  return Number(value.toFixed(3));
}

/** @param {number} value */
function signed(value) {
  return `${value > 0 ? "+" : ""}${value.toFixed(2)}`.replace("-", "−");
}

/** @param {Influences} found @param {boolean} isWhole @returns {HTMLElement[]} */
function notes({ n, used, runs, same, score, forest_least: least, forest_runs: grown, forest_columns: parts, columns, install }, isWhole) {
  const left = runs - n ? t("imp.left", { n: runs - n }) : "";
  const drawn = used < n ? t("imp.drawn", { used, n }) : "";
  const capped = grown && (grown < used || parts < columns.length) ? t("imp.capped", { runs: grown, n: parts }) : "";
  const kept = same.length ? t("imp.constant", { n: same.length }) : "";
  const forest = install ? "" : score === null ? t(used < least ? "imp.forest.few" : "imp.forest.same", { n: used, least }) : t(score > 0.1 ? "imp.forest" : "imp.forest.poor", { score: score.toFixed(2) });
  const note = element("p", { class: "note" }, [t("imp.how"), left, drawn, kept].filter(Boolean).join(" "));
  if (!isWhole) return [note, element("p", { class: "note" }, t("imp.forest.waiting"))];
  const second = install ? element("p", { class: "note" }, t("imp.install"), " ", element("code", {}, install), copyButton(install)) : element("p", { class: score !== null && score <= 0.1 ? "rel-warning" : "note" }, [forest, capped].filter(Boolean).join(" "));
  return [note, second];
}
