// The runs that the brushes leave, under the chart: sorted, and as many as a reader looks at.
import { runAddress } from "./api.js";
import { element } from "./dom.js";
import { shown, stateWord, whole } from "./format.js";
import { t } from "./i18n.js";
import { compareValues } from "./values.js";

/** How many rows are shown at first, and with each further click. */
const ROWS = 50;

export class RelationTable {
  /** @param {HTMLElement} host @param {(id: string | null) => void} point a row is pointed at */
  constructor(host, point) {
    this.host = host;
    this.rows = ROWS;
    this.point = point;
    this.title = element("h2", { "aria-live": "polite" });
    this.actions = element("div", { class: "rel-buttons" });
    this.head = element("div", { class: "rel-head" }, this.title, this.actions);
    this.scroll = element("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": t("rel.table") });
    this.more = element("button", { type: "button" });
    host.replaceChildren(this.head, this.scroll, this.more);
  }

  /**
   * @param {object} what
   * @param {any[]} what.rows those that are chosen
   * @param {string[]} what.keys their columns
   * @param {string} what.order `-key` from high to low
   * @param {(order: string) => void} what.sort
   * @param {string} what.title
   * @param {Node[]} what.actions
   */
  draw({ rows, keys, order, sort, title, actions }) {
    const key = order.replace(/^-/, "");
    const down = order.startsWith("-");
    const sorted = key && rows.length ? [...rows].sort((a, b) => compareValues(a[key], b[key], null, null, down) * (down ? -1 : 1)) : rows;
    const headings = ["id", "state", ...keys].map((each) => {
      const turned = each === key && !down ? `-${each}` : each === key ? "" : each;
      const button = element("button", { type: "button", class: "quiet", onclick: () => sort(turned) }, each === "id" || each === "state" ? t(`rel.column.${each}`) : each, each === key ? (down ? " ↓" : " ↑") : "");
      return element("th", { scope: "col", "aria-sort": each === key ? (down ? "descending" : "ascending") : undefined }, button);
    });
    const focused = [...this.scroll.querySelectorAll("th button")].indexOf(/** @type {Element} */ (document.activeElement));
    const body = element("tbody", {}, ...sorted.slice(0, this.rows).map((row) => this.row(row, keys)));
    this.scroll.replaceChildren(element("table", { class: "plain rel-table" }, element("thead", {}, element("tr", {}, ...headings)), body));
    if (focused >= 0) /** @type {HTMLElement | undefined} */ (this.scroll.querySelectorAll("th button")[focused])?.focus();
    if (this.title.textContent !== title) this.title.textContent = title;
    this.actions.replaceChildren(...actions);
    this.more.hidden = rows.length <= this.rows;
    this.more.textContent = t("rel.more", { n: Math.max(0, rows.length - this.rows) });
    this.more.onclick = () => {
      this.rows += ROWS * 4;
      this.draw({ rows, keys, order, sort, title, actions });
    };
  }

  /** @param {any} row @param {string[]} keys */
  row(row, keys) {
    const cells = keys.map((key) => element("td", { class: typeof row[key] === "number" ? "number" : undefined, title: whole(row[key]) }, shown(row[key]) || "–"));
    const name = row.added ? element("span", {}, row.id) : element("a", { href: runAddress(row.id) }, row.id);
    const state = row.state ? element("span", { class: `state state-${row.state}` }, stateWord(row.state)) : null;
    const made = element("tr", { "data-run": row.id }, element("th", { scope: "row" }, name), element("td", {}, state), ...cells);
    made.addEventListener("mouseenter", () => this.point(row.id));
    made.addEventListener("mouseleave", () => this.point(null));
    name.addEventListener("focus", () => this.point(row.id));
    name.addEventListener("blur", () => this.point(null));
    return made;
  }

  /** @param {string | null} id the run to mark among the rows */
  mark(id) {
    for (const row of this.scroll.querySelectorAll("tr.pointed")) row.classList.remove("pointed");
    if (id !== null) this.scroll.querySelector(`tr[data-run="${CSS.escape(id)}"]`)?.classList.add("pointed");
  }
}
