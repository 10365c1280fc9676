// Which lines of the comparison are drawn: each can be left out, and the address keeps which are.
import { changeAddress, readList, spellList } from "./api.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";

/** The boxes before the names of runs and groups. */
export class ShownLines {
  /** @param {() => void} changed other lines are to be drawn than before */
  constructor(changed) {
    this.changed = changed;
    this.off = new Set(readList("off"));
    this.all = element("button", { type: "button", class: "quiet", onclick: () => this.showAll() }, t("lines.all"));
  }

  /** @param {string} id of a line @returns {boolean} whether it is drawn */
  passes(id) {
    return !this.off.has(id);
  }

  /** @param {string} id @param {string} label @returns {HTMLInputElement} */
  box(id, label) {
    const name = t("lines.one", { name: label });
    const box = element("input", { type: "checkbox", class: "line-box", checked: this.passes(id), "aria-label": name, title: name, "data-line": id });
    box.addEventListener("change", () => {
      if (box.checked) this.off.delete(id);
      else this.off.add(id);
      this.keep();
    });
    return box;
  }

  /** @returns {HTMLButtonElement} brings all lines back */
  button() {
    this.all.hidden = !this.off.size;
    return this.all;
  }

  showAll() {
    this.off.clear();
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(".line-box"))) box.checked = true;
    this.keep();
  }

  /** The lines are others from now on, and so are their names. */
  forget() {
    if (this.off.size) changeAddress({ off: "" });
    this.off.clear();
  }

  keep() {
    changeAddress({ off: spellList([...this.off]) });
    this.all.hidden = !this.off.size;
    this.changed();
  }
}
