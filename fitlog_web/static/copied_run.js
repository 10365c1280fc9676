// One run of a copy: where it comes from, what it was given and what came of it.
import { valueOf } from "./copied_table.js";
import { byId, element, pageData } from "./dom.js";
import { count, moment, span, stateTitle, stateWord, whole } from "./format.js";
import { t } from "./i18n.js";
import { progressText } from "./progress.js";
import { copyButton } from "./shell.js";

/** @typedef {import("./copied_table.js").CopiedRun} CopiedRun */
/** @typedef {import("./copied_table.js").Column} Column */

const GROUPS = ["hyper", "metric", "other", "meta"];
/** What stands above the curves already, and what only fitlog itself needs. */
const NOT_BESIDE = new Set(["meta-format", "meta-boot", "meta-pid_start", "meta-start", "meta-end", "meta-state", "meta-fit_id", "meta-git_id", "meta-fit_msg", "meta-git_msg", "meta-argv", "meta-error"]);

/** @param {CopiedRun} run @param {Column[]} columns */
export function showRun(run, columns) {
  byId("run-id").textContent = run.id;
  const mark = byId("state");
  mark.className = `state state-${run.state}`;
  mark.textContent = stateWord(run.state);
  mark.title = stateTitle(run.state);
  const facts = factsOf(run).map(([label, value, style]) => element("div", { class: style }, element("dt", {}, t(label)), element("dd", {}, value)));
  byId("facts").replaceChildren(...facts);
  byId("side").replaceChildren(...sidesOf(run, columns));
  showImages(run);
}

/** @param {CopiedRun} run @returns {[string, Node | string, string?][]} */
function factsOf(run) {
  const value = (/** @type {string} */ name) => valueOf(run, `meta-${name}`);
  const [start, end] = [value("start"), value("end")];
  /** @type {[string, Node | string, string?][]} */
  const facts = [];
  if (typeof start === "number") facts.push(["fact.started", moment(start)]);
  if (typeof start === "number" && typeof end === "number") facts.push(["fact.duration", span(end - start)]);
  if (progressText(run)) facts.push(["fact.progress", progressText(run)]);
  if (value("fit_id")) facts.push(["fact.fit", commit(value("fit_id"), value("fit_msg"))]);
  if (value("git_id")) facts.push(["fact.git", commit(value("git_id"), value("git_msg"))]);
  if (run.command) facts.push(["copy.ran", element("span", {}, element("code", {}, run.command), copyButton(run.command))]);
  if (valueOf(run, "memo")) facts.push(["fact.memo", whole(valueOf(run, "memo"))]);
  if (run.skipped) facts.push(["fact.skipped", count(run.skipped)]);
  if (value("error")) facts.push(["fact.error", whole(value("error")), "failure"]);
  return facts;
}

/** @param {unknown} id @param {unknown} message */
function commit(id, message) {
  const text = whole(id);
  return element("span", {}, element("code", {}, text.slice(0, 12)), copyButton(text), message ? ` ${whole(message)}` : "");
}

/** @param {CopiedRun} run @param {Column[]} columns @returns {HTMLElement[]} */
function sidesOf(run, columns) {
  return GROUPS.flatMap((group) => {
    const own = columns.filter(({ key, path }) => path[0] === group && !NOT_BESIDE.has(key) && valueOf(run, key) !== null);
    if (!own.length) return [];
    return [element("section", { class: "section" }, element("h2", {}, t(`section.${group}`)), element("dl", { class: "tree" }, ...linesOf(run, own)))];
  });
}

/** @param {CopiedRun} run @param {Column[]} columns of one group */
function linesOf(run, columns) {
  /** @type {Map<string, HTMLElement[]>} lines by the heading above them, those without one first */
  const groups = new Map([["", []]]);
  for (const { key, path } of columns) {
    const heading = path.slice(1, -1).join(" / ");
    const kept = valueOf(run, key);
    const text = key === "meta-segment_start" && typeof kept === "number" ? moment(kept) : whole(kept);
    const value = element("dd", {}, element("span", {}, text), text ? copyButton(text) : null);
    const line = element("div", {}, element("dt", { title: path.join("-") }, path[path.length - 1]), value);
    groups.set(heading, [...(groups.get(heading) ?? []), line]);
  }
  return [...groups].flatMap(([heading, lines]) => [...(heading ? [element("div", { class: "group" }, element("dt", {}, heading))] : []), ...lines]);
}

/** @param {CopiedRun} run */
function showImages(run) {
  /** @type {[string, string][]} */
  const images = pageData().images?.[run.place] ?? [];
  byId("images-section").hidden = !images.length;
  const figures = images.map(([name, address]) => element("figure", {}, element("img", { src: address, alt: name, loading: "lazy" }), element("figcaption", {}, name)));
  byId("images").replaceChildren(...figures);
}
