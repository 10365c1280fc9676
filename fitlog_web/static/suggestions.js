// The list under the search box: a combobox whose choice the arrows move, Enter and Tab take.
import { element } from "./dom.js";

/** @typedef {import("./completion.js").Suggestion} Suggestion */

/** The list of one box. */
export class Suggestions {
  /**
   * @param {HTMLInputElement} input
   * @param {string} label
   * @param {(text: string, at: number, asked: boolean) => Suggestion[]} suggest told whether the list is asked for, or follows what is typed
   * @param {() => void} changed the text of the box is another now
   */
  constructor(input, label, suggest, changed) {
    this.input = input;
    this.suggest = suggest;
    this.changed = changed;
    /** @type {Suggestion[]} */
    this.shown = [];
    this.chosen = -1;
    this.list = element("ul", { id: "suggestions", role: "listbox", "aria-label": label, hidden: true });
    input.after(this.list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", "suggestions");
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("input", () => this.open());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
  }

  /** @param {boolean} [asked] by a key, not by typing */
  open(asked = false) {
    const at = this.input.selectionStart ?? this.input.value.length;
    this.shown = document.activeElement === this.input ? this.suggest(this.input.value, at, asked) : [];
    this.chosen = -1;
    this.draw();
  }

  close() {
    this.shown = [];
    this.draw();
  }

  draw() {
    this.list.hidden = !this.shown.length;
    this.input.setAttribute("aria-expanded", String(!!this.shown.length));
    this.list.replaceChildren(...this.shown.map((each, place) => this.option(each, place)));
    if (this.chosen < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `suggestion-${this.chosen}`);
    this.list.children[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Suggestion} each @param {number} place */
  option({ text, note }, place) {
    const option = element("li", { id: `suggestion-${place}`, role: "option", "aria-selected": String(place === this.chosen) });
    option.append(element("span", {}, text), element("small", {}, note));
    option.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the box keeps the focus
      this.take(place);
    });
    return option;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.isComposing) return;
    if (!this.shown.length && event.key === "ArrowDown") this.open(true);
    if (!this.shown.length) return;
    const count = this.shown.length;
    if (event.key === "ArrowDown") this.chosen = (this.chosen + 1) % count;
    else if (event.key === "ArrowUp") this.chosen = this.chosen <= 0 ? count - 1 : this.chosen - 1;
    else if ((event.key === "Enter" || event.key === "Tab") && this.chosen >= 0) return this.taken(event);
    else if (event.key === "Escape") this.shown = [];
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  taken(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    this.take(this.chosen);
  }

  /** @param {number} place */
  take(place) {
    const { insert, from } = this.shown[place];
    const { value, selectionStart } = this.input;
    const rest = value.slice(selectionStart ?? value.length);
    this.input.value = value.slice(0, from) + insert + rest;
    this.input.setSelectionRange(from + insert.length, from + insert.length);
    this.changed();
    if (/[:(]$/.test(insert)) this.open();
    else this.close();
  }
}
