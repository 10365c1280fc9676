// The page of a run's code: its files, or how it differs from another run and why.
import { ask, changeAddress } from "./api.js";
import "./code_texts.js";
import { differenceView } from "./code_difference.js";
import { fileView } from "./code_text.js";
import { byId, element, pageData } from "./dom.js";
import { t } from "./i18n.js";
import { inWords } from "./sentences.js";
import { beginPage, copyButton, sayFailed } from "./shell.js";

/** @typedef {{path: string, loaded: boolean, kind: string}} Listed */
/** @typedef {{version: string | null, project: string | null, files: Listed[], commands: string[], problem: string | null}} Listing */

const TREE = "tree";
const id = String(pageData().id);
const address = `api/runs/${encodeURIComponent(id)}`;
const asked = (/** @type {string} */ name) => new URLSearchParams(location.search).get(name) ?? "";

/** @type {Listing} */
let listing;

async function start() {
  listing = await ask(`${address}/code`);
  drawTools();
  drawCommands();
  await draw();
}

/** Draws what the address asks for. */
async function draw() {
  const against = asked("against");
  byId("code-columns").hidden = Boolean(against) || !listing.files.length;
  byId("code-difference").hidden = !against;
  byId("code-problem").replaceChildren(...(listing.problem && !against ? [element("p", { class: "notice" }, listing.problem)] : []));
  if (against) await drawDifference(against);
  else if (listing.files.length) await drawFiles();
}

/** @param {string} against */
async function drawDifference(against) {
  const found = await ask(`${address}/difference?against=${encodeURIComponent(against)}`);
  await Promise.all([found.code, ...found.code.files].map(inWords));
  if (asked("against") === against) byId("code-difference").replaceChildren(...differenceView(found));
}

function drawTools() {
  const { version, project } = listing;
  const choice = element("select", { id: "against" }, ...choices());
  choice.value = asked("against");
  choice.addEventListener("change", () => {
    changeAddress({ against: encodeURIComponent(choice.value) });
    draw().catch(sayFailed);
  });
  const about = version && project ? [element("span", {}, `${t("code.version")} `, element("code", {}, version.slice(0, 12)), copyButton(version), ` ${t("code.of")} `, element("code", {}, project))] : [];
  byId("code-tools").replaceChildren(element("label", {}, element("span", { class: "muted" }, t("code.against")), choice), ...about);
}

/** @returns {HTMLElement[]} what the code can be compared with */
function choices() {
  const { others, parent, may_see_tree } = pageData();
  const option = (/** @type {string} */ value, /** @type {string} */ text) => element("option", { value }, text);
  const runs = others.map((/** @type {string} */ other) => option(other, other === parent ? `${other} (${t("code.against.parent")})` : other));
  const known = new Set(["", TREE, ...others]);
  const named = asked("against");
  const unlisted = [parent, named].filter((one) => one && !known.has(one)).map((one) => option(one, `${one} (${t(one === parent ? "code.against.parent" : "code.against.unlisted")})`));
  const tree = may_see_tree || named === TREE ? [option(TREE, t("code.against.tree"))] : [];
  return [option("", t("code.against.none")), ...tree, element("optgroup", { label: t("code.against.runs") }, ...new Set([...unlisted, ...runs]))];
}

async function drawFiles() {
  const box = element("input", { type: "search", class: "finder", placeholder: t("code.pick"), "aria-label": t("code.pick") });
  const none = element("p", { class: "muted", role: "status" });
  const list = byId("code-files");
  const loaded = listing.files.filter((file) => file.loaded);
  const rest = listing.files.filter((file) => !file.loaded);
  const parts = loaded.length ? [group("code.loaded", loaded), ...(rest.length ? [group("code.others", rest)] : [])] : [group("", rest)];
  list.replaceChildren(element("p", { class: "muted" }, t("code.files", { n: listing.files.length })), box, none, ...parts);
  box.addEventListener("input", () => find(box.value, none));
  const first = asked("file") || listing.files[0].path;
  await open(listing.files.some(({ path }) => path === first) ? first : listing.files[0].path);
}

/** @param {string} title @param {Listed[]} files */
function group(title, files) {
  const links = files.map(({ path }) => {
    const link = element("a", { href: `?file=${spelled(path)}`, title: path }, path);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(path).catch(sayFailed);
    });
    return element("li", {}, link);
  });
  return element("div", {}, title ? element("h3", {}, t(title)) : null, element("ul", {}, ...links));
}

/** @param {string} text @param {HTMLElement} none */
function find(text, none) {
  const part = text.trim().toLowerCase();
  const lines = [...byId("code-files").querySelectorAll("li")];
  for (const line of lines) line.hidden = !line.textContent?.toLowerCase().includes(part);
  none.textContent = part && lines.every(({ hidden }) => hidden) ? t("code.unfound") : "";
}

/** @param {string} path */
async function open(path) {
  for (const link of byId("code-files").querySelectorAll("a")) {
    if (link.title === path) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (path && !spelled(path)) return void byId("code-view").replaceChildren(element("p", { class: "muted" }, t("code.unnamable")));
  changeAddress({ file: spelled(path) });
  const file = await ask(`${address}/code/${path.split("/").map(encodeURIComponent).join("/")}`);
  byId("code-view").replaceChildren(...fileView(file));
}

/**
 * @param {string} path
 * @returns {string} the path in an address; empty for a name that was no UTF-8, which none can carry
 */
function spelled(path) {
  try {
    return encodeURIComponent(path);
  } catch {
    return "";
  }
}

/** What a terminal takes to have the code without the board. */
function drawCommands() {
  if (!listing.commands.length) return;
  byId("by-hand").hidden = false;
  byId("by-hand-commands").replaceChildren(...listing.commands.map((command) => element("div", { class: "command" }, element("code", {}, command), copyButton(command))));
}

addEventListener("popstate", () => draw().catch(sayFailed));
beginPage(start);
