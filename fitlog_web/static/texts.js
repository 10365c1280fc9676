// Text files of a run: shown where they stand in the list, as text and nothing else.
import { ApiError, askPart } from "./api.js";
import { element } from "./dom.js";
import { size } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("./pictures.js").RunFile} RunFile */

/** So much of a file is shown, in bytes; a reader wants its beginning, and the browser no more. */
const SHOWN = 200_000;

/** The beginning of a file, or a sentence in its place. */
export class TextView {
  /** @param {string} run */
  constructor(run) {
    this.run = run;
    this.at = "";
    this.box = element("pre", { class: "console", tabIndex: 0, role: "region" });
    this.note = element("p", { class: "muted", role: "status" });
    this.frame = element("div", { class: "text-view" }, this.note, this.box);
  }

  /** @param {RunFile} file */
  show(file) {
    const at = `${file.path} ${file.mtime} ${file.size}`;
    this.box.setAttribute("aria-label", file.path);
    if (at === this.at) return;
    if (!this.at) this.say(t("chart.loading"));
    this.at = at;
    this.load(file, at);
  }

  /** @param {RunFile} file @param {string} at what is shown once it has come, if nothing newer is */
  async load(file, at) {
    const path = file.path.split("/").map(encodeURIComponent).join("/");
    try {
      if (!file.size) return this.say(t("file.empty"));
      // A file that was written again is another text at the same address.
      const address = `api/runs/${encodeURIComponent(this.run)}/files/${path}?at=${file.mtime}-${file.size}`;
      const { text, kind } = await askPart(address, SHOWN);
      if (at !== this.at) return;
      if (!kind.startsWith("text/plain")) return this.say(t("file.binary"));
      this.draw(text, file.size);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.at = "";
      this.say(t("failed", { error: error.message }));
    }
  }

  /** @param {string} text @param {number} whole the file's size in bytes */
  draw(text, whole) {
    const isCut = whole > SHOWN;
    this.note.textContent = isCut ? t("file.part", { shown: size(SHOWN), total: size(whole) }) : "";
    this.note.hidden = !isCut;
    this.box.hidden = false;
    // Where the part ends within a character, that one is not shown.
    this.box.textContent = isCut ? text.replace(/\ufffd+$/, "") : text;
  }

  /** @param {string} text why nothing is shown */
  say(text) {
    this.note.hidden = false;
    this.note.textContent = text;
    this.box.hidden = true;
  }
}
