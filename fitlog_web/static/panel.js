// The panel beside the table in which columns are found, shown and hidden.
import { byId, element } from "./dom.js";
import { shown, whole } from "./format.js";
import { t } from "./i18n.js";
import { copyButton } from "./shell.js";

/** @typedef {import("../frontend/types").Column} Column */
/**
 * @typedef {object} Branch a group of columns, or one column
 * @property {string} name
 * @property {string} [key]
 * @property {Map<string, Branch>} branches
 */

/** The column panel. */
export class ColumnPanel {
  /**
   * @param {object} options
   * @param {(key: string) => boolean} options.isHidden
   * @param {(key: string) => {value: unknown} | null} options.same the value of a column that never differs
   * @param {(keys: string[], hidden: boolean) => void} options.hide
   * @param {() => void} options.closed
   */
  constructor({ isHidden, same, hide, closed }) {
    this.isHidden = isHidden;
    this.same = same;
    this.hide = hide;
    this.closed = closed;
    /** @type {Column[]} */
    this.columns = [];
    this.host = byId("panel");
    this.list = element("ul");
    this.find = element("input", { type: "search", class: "search-columns", placeholder: t("panel.search"), "aria-label": t("panel.search") });
    this.find.addEventListener("input", () => this.draw());
    this.host.append(this.head(), this.find, this.list, element("footer", {}, t("panel.note")));
    this.host.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.toggle(false);
    });
  }

  head() {
    const all = element("button", { type: "button", class: "quiet" }, t("panel.all"));
    all.addEventListener("click", () => {
      this.hide(this.columns.map(({ key }) => key), false);
      this.draw();
    });
    const close = element("button", { type: "button", class: "quiet icon-button", "aria-label": t("close"), title: t("close") }, "×");
    close.addEventListener("click", () => this.toggle(false));
    return element("header", {}, element("h2", {}, t("chip.columns")), element("span", {}, all, close));
  }

  /** @param {boolean} [open] */
  toggle(open = !!this.host.hidden) {
    this.host.hidden = !open;
    if (open) {
      this.draw();
      this.find.focus();
    } else this.closed();
  }

  /** @param {Column[]} columns */
  load(columns) {
    this.columns = columns.filter(({ key }) => !["id", "state", "meta-state"].includes(key));
    if (!this.host.hidden) this.draw();
  }

  draw() {
    const wanted = this.find.value.trim().toLowerCase();
    const focused = this.list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-keys") : null;
    const top = this.list.scrollTop;
    const items = this.items(this.tree(wanted));
    const none = element("li", { class: "muted", role: "status" }, t("panel.none", { text: this.find.value.trim() }));
    this.list.replaceChildren(...(items.length ? items : [none]));
    this.list.scrollTop = top;
    if (focused) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-keys="${CSS.escape(focused)}"]`))?.focus();
  }

  /** @param {string} wanted */
  tree(wanted) {
    /** @type {Branch} */
    const top = { name: "", branches: new Map() };
    for (const { key, path } of this.columns) {
      if (!key.toLowerCase().includes(wanted)) continue;
      let branch = top;
      for (const name of path) {
        const next = branch.branches.get(name) ?? { name, branches: new Map() };
        branch.branches.set(name, next);
        branch = next;
      }
      branch.key = key;
    }
    return top;
  }

  /**
   * @param {Branch} branch
   * @returns {HTMLLIElement[]}
   */
  items(branch) {
    return [...branch.branches.values()].map((child) => {
      const below = child.branches.size ? element("ul", {}, ...this.items(child)) : null;
      return element("li", {}, this.line(child), below);
    });
  }

  /** @param {Branch} branch */
  line(branch) {
    const keys = keysOf(branch);
    const hidden = keys.filter((key) => this.isHidden(key)).length;
    const box = element("input", {
      type: "checkbox",
      checked: hidden < keys.length,
      indeterminate: hidden > 0 && hidden < keys.length,
      "data-keys": keys.join(" "),
    });
    box.addEventListener("change", () => {
      this.hide(keys, !box.checked);
      this.draw();
    });
    const name = ["memo", "tags"].includes(branch.key ?? "") ? t(`column.${branch.key}`) : branch.name;
    const label = element("label", { title: keys.length === 1 ? keys[0] : branch.name }, box, element("span", {}, name));
    const same = branch.key ? this.same(branch.key) : null;
    return element("div", { class: "line" }, label, ...(same ? theOne(same.value) : []));
  }
}

/**
 * @param {unknown} value
 * @returns {Node[]} the value that all runs have: as much of it as there is room for, the whole to point at and to copy
 */
function theOne(value) {
  const text = whole(value);
  const said = element("span", { class: "same", title: text }, t("panel.same", { value: shown(value) || "–" }));
  return text ? [said, copyButton(text)] : [said];
}

/**
 * @param {Branch} branch
 * @returns {string[]} the keys of all columns in a branch
 */
function keysOf(branch) {
  const below = [...branch.branches.values()].flatMap(keysOf);
  return branch.key ? [branch.key, ...below] : below;
}
