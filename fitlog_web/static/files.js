// The list of a run's files, in folders where there are many, with pictures and texts to look at on demand.
import { changeAddress, readList, spellList } from "./api.js";
import { byId, element } from "./dom.js";
import { count, moment, size } from "./format.js";
import { t } from "./i18n.js";
import { Picture, fileAddress, isPicture } from "./pictures.js";

/** @typedef {import("./texts.js").TextView} TextView */
/** @typedef {import("./pictures.js").RunFile} RunFile */
/** @typedef {{files: RunFile[], folders: Map<string, Folder>, count: number, size: number}} Folder */

/** Endings of files that are surely no text; of any other the server finds out when it is asked for. */
const NO_TEXT = /\.(7z|avi|bin|bz2|ckpt|db|dll|exe|feather|gz|h5|hdf5|ico|joblib|jpe?g|mat|mov|mp3|mp4|msgpack|npy|npz|onnx|parquet|pb|pdf|pickle|pkl|pth?|pyc|rar|safetensors|so|sqlite3?|tar|tflite|tgz|tif|tiff|ttf|wav|webm|whl|woff2?|xlsx?|xz|zip|zst)$/i;

/** @param {string} path a file's path in the run's folder */
function mayBeText(path) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return !isPicture(path) && !NO_TEXT.test(path) && !/^events\.out\.tfevents\./.test(name);
}

/** Up to so many files are listed without folders. */
const FLAT = 20;
/** The server lists no more of them. */
const MOST_FILES = 10_000;
/** Step 9 comes before step 10. */
const byNumber = new Intl.Collator("en", { numeric: true });

/** The table of a run's files. */
export class FileList {
  /** @param {string} run */
  constructor(run) {
    this.run = run;
    this.host = byId("files");
    this.open = new Set(readList("folders"));
    this.looked = new Set([...readList("pictures"), ...readList("texts")]);
    /** @type {Map<string, Picture | TextView>} what is shown, by the files' paths */
    this.views = new Map();
    /** @type {RunFile[]} */
    this.files = [];
  }

  /** @param {RunFile[]} files */
  show(files) {
    this.files = files;
    byId("files-section").hidden = !files.length;
    const cut = files.length >= MOST_FILES ? t("file.cut", { n: count(MOST_FILES) }) : "";
    for (const note of ["files-cut", "images-cut"]) {
      byId(note).hidden = !cut;
      byId(note).textContent = cut;
    }
    this.draw();
  }

  draw() {
    const focused = /** @type {HTMLElement | null} */ (this.host.contains(document.activeElement) ? document.activeElement : null);
    // What is taken out of the page and put back begins at its top again.
    const read = [...this.host.querySelectorAll("pre")].map((box) => /** @type {const} */ ([box, box.scrollTop]));
    const head = element("tr", {}, ...["file.name", "file.size", "file.changed"].map((key) => element("th", { scope: "col", class: key === "file.size" ? "number" : undefined }, t(key))));
    const rows = this.files.length > FLAT ? this.below(tree(this.files), "", 0) : this.files.flatMap((file) => this.fileRows(file, file.path, 0));
    this.host.replaceChildren(element("table", { class: "plain files" }, element("thead", {}, head), element("tbody", {}, ...rows)));
    for (const [box, top] of read) box.scrollTop = top;
    if (focused) this.focus(focused);
  }

  /** @param {HTMLElement} focused the element that had the focus, which another may have replaced */
  focus(focused) {
    const key = focused.dataset.key;
    const found = key ? [...this.host.querySelectorAll("[data-key]")].find((made) => /** @type {HTMLElement} */ (made).dataset.key === key) : focused;
    /** @type {HTMLElement | undefined} */ (found)?.focus({ preventScroll: true });
  }

  /** @param {Folder} folder @param {string} prefix @param {number} depth @returns {HTMLElement[]} */
  below(folder, prefix, depth) {
    const folders = [...folder.folders].sort(([one], [other]) => byNumber.compare(one, other)).flatMap(([name, inner]) => this.folderRows(inner, name, prefix, depth));
    return [...folders, ...folder.files.sort((one, other) => byNumber.compare(one.path, other.path)).flatMap((file) => this.fileRows(file, file.path.slice(prefix.length), depth))];
  }

  /** @param {Folder} folder @param {string} name @param {string} prefix @param {number} depth @returns {HTMLElement[]} */
  folderRows(folder, name, prefix, depth) {
    const path = `${prefix}${name}/`;
    const open = this.open.has(path);
    const fold = element("button", { type: "button", class: "quiet fold", "aria-expanded": String(open) }, `${open ? "▾" : "▸"} ${name}/`);
    fold.dataset.key = `folder ${path}`;
    fold.addEventListener("click", () => this.toggle(this.open, path));
    const inside = element("span", { class: "muted" }, folder.count === 1 ? t("file.count.one") : t("file.count", { n: count(folder.count) }));
    const row = element("tr", {}, cell(depth, fold, " ", inside), element("td", { class: "number" }, size(folder.size)), element("td"));
    return open ? [row, ...this.below(folder, path, depth + 1)] : [row];
  }

  /** @param {RunFile} file @param {string} name @param {number} depth @returns {HTMLElement[]} */
  fileRows(file, name, depth) {
    const link = element("a", { href: fileAddress(this.run, file.path) }, name);
    link.dataset.key = `file ${file.path}`;
    const shows = isPicture(file.path) || mayBeText(file.path);
    const first = shows ? cell(depth, link, " ", this.toggleOf(file)) : cell(depth, link);
    const row = element("tr", {}, first, element("td", { class: "number" }, size(file.size)), element("td", {}, moment(file.mtime)));
    return shows && this.looked.has(file.path) ? [row, this.viewRow(file, depth)] : [row];
  }

  /** @param {RunFile} file */
  toggleOf({ path }) {
    const open = this.looked.has(path);
    const made = element("button", { type: "button", class: "quiet look", "aria-expanded": String(open), "aria-label": t(open ? "file.hide.one" : "file.show.one", { path }) }, t(open ? "file.hide" : "file.show"));
    made.dataset.key = `picture ${path}`;
    made.addEventListener("click", () => this.toggle(this.looked, path));
    return made;
  }

  /** @param {RunFile} file @param {number} depth */
  viewRow(file, depth) {
    const view = this.views.get(file.path) ?? (isPicture(file.path) ? new Picture(this.run) : null);
    const inside = cell(depth, view ? this.shown(file, view) : this.textOf(file));
    inside.colSpan = 3;
    return element("tr", {}, inside);
  }

  /** @param {RunFile} file @param {Picture | TextView} view @returns {HTMLElement} */
  shown(file, view) {
    this.views.set(file.path, view);
    view.show(file, file.path);
    return view.frame;
  }

  /** @param {RunFile} file @returns {HTMLElement} where its text is shown, once it is known how */
  textOf(file) {
    const place = element("div");
    import("./texts.js").then(({ TextView: View }) => place.replaceWith(this.shown(file, this.views.get(file.path) ?? new View(this.run))));
    return place;
  }

  /** @param {Set<string>} set what is open @param {string} path */
  toggle(set, path) {
    if (!set.delete(path)) set.add(path);
    const looked = [...this.looked];
    const texts = looked.filter((each) => !isPicture(each));
    changeAddress({ folders: spellList([...this.open]), pictures: spellList(looked.filter(isPicture)), texts: spellList(texts) });
    this.draw();
  }
}

/** @param {number} depth @param {...(Node | string)} content */
function cell(depth, ...content) {
  const made = element("td", {}, ...content);
  if (depth) made.style.paddingLeft = `${10 + 16 * depth}px`;
  return made;
}

/** @returns {Folder} */
const folder = () => ({ files: [], folders: new Map(), count: 0, size: 0 });

/** @param {RunFile[]} files @returns {Folder} */
function tree(files) {
  const top = folder();
  for (const file of files) {
    let inside = top;
    for (const name of file.path.split("/").slice(0, -1)) {
      const next = inside.folders.get(name) ?? folder();
      inside.folders.set(name, next);
      next.count += 1;
      next.size += file.size;
      inside = next;
    }
    inside.files.push(file);
  }
  return top;
}
