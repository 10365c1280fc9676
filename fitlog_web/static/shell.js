// What every page has: theme, language, help, toasts, the banner and the single keys.
import { ApiError, ask, changeAddress, root } from "./api.js";
import { byId, element, pageData, svg } from "./dom.js";
import { t } from "./i18n.js";

/** How long an undo stays, in milliseconds. */
const UNDO_TIME = 10_000;

/** @type {Map<string, (event: KeyboardEvent) => void>} */
const keys = new Map();
/** @type {[string[], string][]} */
const helpLines = [];
/** @type {string[]} */
const helpNotes = [];

/**
 * Gives a single key a meaning on this page; keys typed into fields never count.
 * @param {string} key as `KeyboardEvent.key` names it
 * @param {(event: KeyboardEvent) => void} action
 */
export function onKey(key, action) {
  keys.set(key, action);
}

/**
 * Adds a line to the help dialog.
 * @param {string[]} names the keys to press
 * @param {string} text what they do
 */
export function explainKey(names, text) {
  helpLines.push([names, text]);
}

/**
 * Adds a paragraph under the keys in the help dialog.
 * @param {string} text
 */
export function explain(text) {
  helpNotes.push(text);
}

/**
 * Shows a message in the corner.
 * @param {string} text
 * @param {{error?: boolean, stay?: boolean, actions?: [string, () => void][], detail?: Node}} [options]
 * @returns {() => void} takes the message away
 */
export function toast(text, { error = false, stay = false, actions = [], detail } = {}) {
  const note = element("div", { class: error ? "toast error" : "toast", role: error ? "alert" : undefined });
  const remove = () => note.remove();
  note.append(element("p", {}, text));
  if (detail) note.append(detail);
  for (const [label, action] of actions) {
    const act = () => {
      remove();
      action();
    };
    note.append(element("button", { type: "button", onclick: act }, label));
  }
  note.append(closeButton(remove));
  // What fails once more is said once: the same sentences over each other would cover the page.
  if (error) for (const old of document.querySelectorAll(".toast.error")) if (old.textContent === note.textContent) old.remove();
  byId("toasts").append(note);
  if (!stay) setTimeout(remove, actions.length || error ? UNDO_TIME : 4000);
  return remove;
}

/**
 * Says that the server refused something.
 * @param {unknown} error
 */
export function sayFailed(error) {
  if (!(error instanceof ApiError)) throw error;
  toast(t("failed", { error: error.message }), { error: true, stay: !!error.body.gone, actions: error.body.gone ? [[t("views.leave"), leaveView]] : [] });
}

/** Goes on with the board's own view, as the one that the address names was removed. */
function leaveView() {
  changeAddress({ v: "" });
  location.reload();
}

/** @param {() => void} close */
function closeButton(close) {
  return element(
    "button",
    { type: "button", class: "quiet icon-button", onclick: close, "aria-label": t("close"), title: t("close") },
    "×",
  );
}

/**
 * Shows one sentence over the whole page, or takes it away.
 * @param {string} [text]
 */
export function banner(text = "") {
  const bar = byId("banner");
  bar.hidden = !text;
  if (bar.textContent !== text) bar.textContent = text;
}

/**
 * Begins a page; where the server fails it, says so and offers to try again.
 * @param {() => Promise<void>} begin
 */
export async function beginPage(begin) {
  try {
    await begin();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const again = () => location.reload();
    toast(t("failed", { error: error.message }), { error: true, stay: true, actions: [[t("edit.retry"), again]] });
  }
}

/**
 * Copies text and says so.
 * @param {string} text
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Over plain http from another machine browsers refuse the clipboard; the old way still works.
    const area = element("textarea", { value: text, class: "visually-hidden" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(t("copied"));
}

/**
 * Gives the reader a file.
 * @param {Blob} content
 * @param {string} name
 */
export function saveFile(content, name) {
  const address = URL.createObjectURL(content);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * A small button that copies a text.
 * @param {string} text
 */
export function copyButton(text) {
  const icon = svg(
    "svg",
    { viewBox: "0 0 16 16", "aria-hidden": "true", fill: "none", stroke: "currentColor", "stroke-width": 1.4 },
    svg("rect", { x: 5.5, y: 5.5, width: 8, height: 8, rx: 1.5 }),
    svg("path", { d: "M10.5 3.5v-1h-8v8h1" }),
  );
  const label = t("copy");
  return element("button", { type: "button", class: "copy", title: label, "aria-label": label, onclick: () => copy(text) }, icon);
}

/**
 * Opens a dialog that closes with Esc, its button or a click beside it, and gives the focus back.
 * @param {string} title
 * @param {...Node} content
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, ...content) {
  const heading = element("h2", { id: "dialog-title" }, title);
  const dialog = element("dialog", { "aria-labelledby": "dialog-title" });
  dialog.append(element("header", {}, heading, closeButton(() => dialog.close())), ...content);
  dialog.addEventListener("close", () => dialog.remove());
  // Beside it from press to release: text marked by dragging out of the dialog must not close it.
  let beside = false;
  dialog.addEventListener("mousedown", (event) => (beside = event.target === dialog && isBeside(dialog, event)));
  dialog.addEventListener("click", (event) => {
    if (beside && event.target === dialog && isBeside(dialog, event)) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** @param {HTMLElement} dialog @param {MouseEvent} event */
function isBeside(dialog, { clientX, clientY }) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

async function openHelp() {
  const { showHelp } = await import("./help.js");
  showHelp(helpLines, helpNotes);
}

function switchTheme() {
  const page = document.documentElement;
  const dark = page.dataset.theme
    ? page.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  page.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("fitlog-theme", page.dataset.theme);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
  dispatchEvent(new Event("fitlog-theme"));
}

function switchLanguage() {
  const next = document.documentElement.lang.startsWith("zh") ? "en" : "zh";
  const address = new URL(location.href);
  // A copy of the board is a file, which has no cookies.
  if (pageData().page === "copy") address.searchParams.set("lang", next);
  else {
    document.cookie = `fitlog_lang=${next}; path=${root}; max-age=31536000; samesite=lax`;
    address.searchParams.delete("lang");
  }
  if (address.href === location.href) location.reload();
  else location.replace(address);
}

/** The pages that the key after `g` leads to. */
const PLACES = new Map([["r", "runs"], ["p", "relations"], ["v", "pivot"]]);
let going = false;

/** @param {string} key @returns {boolean} whether it was the second of two keys that lead to a page */
function gone(key) {
  const place = going && PLACES.get(key);
  going = key === "g" && pageData().page !== "copy";
  if (place) location.href = root + place;
  return !!place;
}

/** @returns {boolean} whether keys that are a single sign count, which the reader may switch off */
export function hasSingleKeys() {
  try {
    return localStorage.getItem("fitlog-keys") !== "off";
  } catch {
    return true;
  }
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const typing = target.matches?.("input:not([type=checkbox], [type=range]), textarea, select, [contenteditable]");
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (typing && event.key !== "Escape") return;
  if (event.key.length === 1 && !hasSingleKeys()) return;
  if (!gone(event.key)) keys.get(event.key)?.(event);
}

/** What Chromium and Firefox, or Safari, say of a part of the page that could not be fetched when it was first wanted. */
const UNLOADED = /dynamically imported module|Importing a module script failed/;
addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof TypeError) || !UNLOADED.test(event.reason.message)) return;
  event.preventDefault();
  toast(t("unloaded"), { error: true });
});

onKey("t", switchTheme);
onKey("?", openHelp);
document.addEventListener("keydown", pressed);
byId("theme").addEventListener("click", switchTheme);
byId("language").addEventListener("click", switchLanguage);
byId("help").addEventListener("click", openHelp);
explainKey(["t"], t("help.theme"));
explainKey(["?"], t("help.help"));
