// The pictures that a run logged, `images/NAME/STEP.png` in its folder, all at one step.
import { changeAddress } from "./api.js";
import { byId, element } from "./dom.js";
import { count } from "./format.js";
import { t } from "./i18n.js";
import { Picture } from "./pictures.js";
import { explainKey } from "./shell.js";
import "./gallery_texts.js";

/** @typedef {import("./pictures.js").RunFile} RunFile */
/** @typedef {Map<string, RunFile>} Steps a name's pictures by step; the step is "" where none was given */

const FILE = /^images\/([^/]+)\/(0|[1-9]\d{0,18}|picture)\.(?:png|jpg|gif|webp)$/;
const LARGEST_STEP = "9223372036854775807";

/**
 * Compares steps as they are spelled: they may be larger than a number holds exactly.
 * No step at all comes first.
 * @param {string} one
 * @param {string} other
 */
function compareSteps(one, other) {
  return one.length - other.length || Number(one > other) - Number(one < other);
}

/**
 * The latest of sorted steps that is not after another.
 * @param {string[]} steps
 * @param {string} step
 * @returns {string | undefined}
 */
function upTo(steps, step) {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareSteps(steps[middle], step) <= 0) low = middle + 1;
    else high = middle;
  }
  return steps[low - 1];
}

/** @param {string} folder as it is spelled on disk, where `%2F` is a slash of the name */
function nameOf(folder) {
  const text = new TextDecoder("utf-8", { ignoreBOM: true });
  return folder.replace(/(?:%[0-9A-F]{2})+/g, (escaped) =>
    text.decode(Uint8Array.from(escaped.slice(1).split("%"), (byte) => parseInt(byte, 16))),
  );
}

/**
 * @param {RunFile[]} files
 * @returns {Map<string, Steps>} the logged pictures by folder
 */
function picturesIn(files) {
  /** @type {Map<string, Steps>} */
  const found = new Map();
  for (const file of files) {
    const [, folder, stem] = FILE.exec(file.path) ?? [];
    if (!folder || (stem !== "picture" && compareSteps(stem, LARGEST_STEP) > 0)) continue;
    const step = stem === "picture" ? "" : stem;
    const steps = found.get(folder) ?? new Map();
    const before = steps.get(step);
    if (!before || before.mtime <= file.mtime) steps.set(step, file);
    found.set(folder, steps);
  }
  return found;
}

/** The section of a run's pictures. */
export class Gallery {
  /** @param {string} run */
  constructor(run) {
    this.run = run;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** @type {string[]} */
    this.steps = [];
    /** The step to look at; null is the last, whichever that will be. */
    this.chosen = stepOfAddress();
    this.section = byId("images-section");
    this.list = element("div", { class: "gallery" });
    this.slider = element("input", { type: "range", min: "0", "aria-label": t("image.step.label") });
    this.slider.addEventListener("input", () => this.choose(Number(this.slider.value)));
    this.where = element("output");
    this.before = this.button("‹", "image.previous", -1);
    this.after = this.button("›", "image.next", 1);
    this.tools = element("div", { class: "gallery-tools" }, this.before, this.slider, this.after, this.where);
    byId("images").append(this.tools, this.list);
    this.section.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** @param {string} sign @param {string} label @param {number} by */
  button(sign, label, by) {
    const made = element("button", { type: "button", class: "icon-button", title: t(label), "aria-label": t(label) }, sign);
    made.addEventListener("click", () => this.move(by));
    return made;
  }

  /** @param {RunFile[]} files all files of the run */
  show(files) {
    const pictures = picturesIn(files);
    const wasLast = this.steps.length > 0 && this.place() === this.steps.length - 1;
    this.steps = stepsOf([...pictures.values()]);
    if (wasLast) this.follow();
    for (const [folder, row] of this.rows) if (!pictures.has(folder)) this.drop(folder, row);
    this.hold(pictures);
    if (this.section.hidden && pictures.size) explainKey(["←", "→"], t("image.keys"));
    this.section.hidden = !pictures.size;
    this.draw();
  }

  /** @param {Map<string, Steps>} pictures in the order of their folders */
  hold(pictures) {
    /** @type {Element | null} */
    let next = this.list.firstElementChild;
    for (const [folder, steps] of pictures) {
      const row = this.rows.get(folder) ?? new Row(this.run, nameOf(folder));
      this.rows.set(folder, row);
      row.hold(steps);
      // Those that are there stay where they are: what moves in the page loses the focus.
      if (row.card === next) next = next.nextElementSibling;
      else this.list.insertBefore(row.card, next);
    }
  }

  /** @param {string} folder @param {Row} row */
  drop(folder, row) {
    row.card.remove();
    this.rows.delete(folder);
  }

  /** The place of the current step among all of them. */
  place() {
    const last = this.steps.length - 1;
    if (this.chosen === null) return last;
    return Math.max(0, this.steps.indexOf(upTo(this.steps, this.chosen) ?? ""));
  }

  /** Looks at the last step, and at each that comes. */
  follow() {
    this.chosen = null;
    changeAddress({ image: "" });
  }

  /** @param {number} place */
  choose(place) {
    if (place === this.steps.length - 1) this.follow();
    else {
      this.chosen = this.steps[place];
      changeAddress({ image: this.chosen });
    }
    this.draw();
  }

  /** @param {number} by */
  move(by) {
    const place = this.place() + by;
    if (place >= 0 && place < this.steps.length) this.choose(place);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.target === this.slider || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.move(by);
  }

  draw() {
    const place = this.place();
    const step = this.steps[place] ?? "";
    this.drawTools(place, step);
    for (const row of this.rows.values()) row.draw(step);
  }

  /** @param {number} place @param {string} step */
  drawTools(place, step) {
    this.tools.hidden = !this.steps.length;
    const text = t("image.place", { step, n: count(place + 1), total: count(this.steps.length) });
    this.slider.max = String(this.steps.length - 1);
    this.slider.value = String(place);
    this.slider.disabled = this.steps.length < 2;
    this.slider.setAttribute("aria-valuetext", text);
    this.where.textContent = text;
    // Not disabled: a button that is pressed to the end would lose the focus.
    this.before.setAttribute("aria-disabled", String(place <= 0));
    this.after.setAttribute("aria-disabled", String(place >= this.steps.length - 1));
  }
}

/** The pictures of one name. */
class Row {
  /** @param {string} run @param {string} name */
  constructor(run, name) {
    this.name = name;
    /** @type {Steps} */
    this.pictures = new Map();
    /** @type {string[]} */
    this.steps = [];
    this.picture = new Picture(run);
    this.step = element("span", { class: "step" });
    const head = element("figcaption", {}, element("h3", { title: name }, name), this.step);
    this.card = element("figure", {}, head, this.picture.frame);
  }

  /** @param {Steps} pictures */
  hold(pictures) {
    this.pictures = pictures;
    this.steps = [...pictures.keys()].sort(compareSteps);
  }

  /** @param {string} step */
  draw(step) {
    const shown = upTo(this.steps, step);
    const file = shown === undefined ? undefined : this.pictures.get(shown);
    this.step.textContent = shown ? t("image.step", { step: shown }) : "";
    this.step.classList.toggle("earlier", shown !== step);
    if (file) this.picture.show(file, [this.name, this.step.textContent].filter(Boolean).join(" · "));
    else this.picture.clear(t("image.later", { step: this.steps[0] }));
  }
}

/** @param {Steps[]} names @returns {string[]} every step that one of them has, in order */
function stepsOf(names) {
  const all = new Set(names.flatMap((steps) => [...steps.keys()]));
  all.delete("");
  return [...all].sort(compareSteps);
}

/** @returns {string | null} the step that this page's address asks for */
function stepOfAddress() {
  const asked = new URLSearchParams(location.search).get("image") ?? "";
  return /^(0|[1-9]\d{0,18})$/.test(asked) ? asked : null;
}
