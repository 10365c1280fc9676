// Pictures among a run's files: shown where they stand, and in full size in a dialog.
import { changeAddress, root, spell } from "./api.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { openDialog } from "./shell.js";

/** @typedef {{path: string, size: number, mtime: number}} RunFile */

/** Pictures up to so many pixels wide and high are enlarged with their pixels kept sharp. */
const SMALL = 128;

/** @param {string} path a file's path in the run's folder */
export function isPicture(path) {
  return /\.(png|jpe?g|gif|webp)$/i.test(path);
}

/** @param {string} run @param {string} path */
export function fileAddress(run, path) {
  return `${root}run/${encodeURIComponent(run)}/files/${path.split("/").map(spell).join("/")}`;
}

/** A button that holds a picture, or a sentence beside it where it cannot be shown. */
export class Picture {
  /** @param {string} run */
  constructor(run) {
    this.run = run;
    this.address = "";
    this.path = "";
    this.title = "";
    this.image = image();
    this.image.loading = "lazy";
    this.button = element("button", { type: "button", class: "picture" }, this.image);
    this.button.addEventListener("click", () => enlarge(this.title, this.address, this.path));
    this.message = element("p", { class: "muted" });
    this.frame = element("div", { class: "frame" }, this.button, this.message);
    this.image.addEventListener("load", () => this.loaded());
    this.image.addEventListener("error", () => this.say(t("image.broken")));
  }

  /**
   * @param {RunFile} file
   * @param {string} title
   */
  show(file, title) {
    const address = addressNow(this.run, file);
    this.path = file.path;
    this.title = title;
    this.image.alt = title;
    this.button.title = t("image.enlarge");
    if (address === this.address) return;
    this.address = address;
    this.button.hidden = false;
    this.message.hidden = true;
    this.frame.classList.add("loading");
    this.image.src = address;
  }

  loaded() {
    this.frame.classList.remove("loading");
  }

  /** @param {string} text why there is no picture */
  say(text) {
    this.frame.classList.remove("loading");
    this.button.hidden = true;
    this.message.hidden = false;
    this.message.textContent = text;
  }

  /** @param {string} text why there is none to show at all */
  clear(text) {
    this.address = "";
    this.image.removeAttribute("src");
    this.say(text);
  }
}

/** An image whose pixels stay sharp where there are few of them. */
function image() {
  const made = element("img", { decoding: "async" });
  made.addEventListener("load", () => made.classList.toggle("small", Math.max(made.naturalWidth, made.naturalHeight) <= SMALL));
  return made;
}

/**
 * Opens the picture in full size that the address asks for, if the run has it.
 * @param {string} run
 * @param {RunFile[]} files
 */
export function openAsked(run, files) {
  const asked = new URLSearchParams(location.search).get("full");
  const file = files.find(({ path }) => path === asked);
  if (file && isPicture(file.path) && !document.querySelector("dialog[open]")) enlarge(file.path, addressNow(run, file), file.path);
}

/** A file that was written again is another picture at the same address. @param {string} run @param {RunFile} file */
function addressNow(run, { path, mtime, size }) {
  return `${fileAddress(run, path)}?at=${mtime}-${size}`;
}

/** @param {string} title @param {string} address @param {string} path of the file, which the page's address keeps */
function enlarge(title, address, path) {
  const large = image();
  large.alt = title;
  large.src = address;
  const dialog = openDialog(title, element("div", { class: "full", tabIndex: 0 }, large));
  dialog.classList.add("picture-dialog");
  changeAddress({ full: spell(path) });
  dialog.addEventListener("close", () => changeAddress({ full: "" }));
}
