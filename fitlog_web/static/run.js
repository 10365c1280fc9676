// The page of one run: what it was, its curves, its text log and its files.
import { ApiError, ask, askText, runAddress, spellList } from "./api.js";
import { Charts, POINTS } from "./charts.js";
import { colourPicker } from "./colour_picker.js";
import { looks, onColours, onTheme } from "./colours.js";
import { byId, element, pageData } from "./dom.js";
import { FileList } from "./files.js";
import { count, moment, span, stateTitle, stateWord, whole } from "./format.js";
import { t } from "./i18n.js";
import { follow } from "./live.js";
import { openAsked } from "./pictures.js";
import { isDoneFromZero, progressTitle, stepsText, timeLeft } from "./progress.js";
import { sections } from "./sections.js";
import { beginPage, copyButton } from "./shell.js";

/** Files longer than this are left to be opened by themselves. */
const CONSOLE_BYTES = 2_000_000;
const CONSOLE_LINES = 500;
/** Meta that stands at the top of the page already, or that nobody asks for. */
const IN_HEAD = new Set(["state", "fit_id", "git_id", "fit_msg", "git_msg", "start", "end", "error"]);
const INTERNAL = new Set(["format", "boot", "pid_start"]);

const id = String(pageData().id);
const address = `api/runs/${encodeURIComponent(id)}`;
const ownLook = () => looks([id]).get(id) ?? { colour: 0, dash: 0 };
/** @type {import("./chart.js").Line[]} */
const lines = [{ id, label: id, look: ownLook() }];

const charts = new Charts(byId("charts"), async (names, range) => {
  const part = range ? `&from=${range.from}&to=${range.to}` : "";
  const { series } = await ask(`${address}/series?names=${spellList(names)}&points=${POINTS}${part}`);
  return new Map(names.filter((name) => series[name]).map((name) => [name, new Map([[id, series[name]]])]));
});

// Taken when the page was made, before the run is read: nothing in between is lost.
let cursor = String(pageData().cursor ?? "");
/** @type {string | null} */
let drawn = null; // a run without curves has no names either, and is to say so
/** @type {import("./gallery.js").Gallery | null} made when the run first has pictures */
let gallery = null;
const fileList = new FileList(id);

async function start() {
  drawColour();
  onTheme(drawColour);
  onColours(() => {
    drawColour();
    charts.relook(ownLook);
  });
  show(await ask(address));
  openAsked(id, fileList.files);
  drawPanels();
  drawFamily();
  const again = follow({ address: () => `api/changes?cursor=${encodeURIComponent(cursor)}`, changed });
  again();
}

/** Draws the runs that this one comes from, and those that came of it. */
async function drawFamily() {
  if (pageData().has_family) await (await import("./lineage.js")).drawLineage(id);
}

/** Draws the panels of plugins, or draws them anew; where there are none nothing is loaded for it. */
async function drawPanels() {
  if (pageData().panels.length) (await import("./plugin_panels.js")).drawPanels("run", [id]);
}

/** Draws the run's colour before its name. */
function drawColour() {
  const head = byId("run-id");
  const before = head.parentElement?.querySelector(".colour");
  const focused = before?.contains(document.activeElement);
  before?.remove();
  const picker = colourPicker(id, ownLook());
  head.before(picker);
  if (focused) picker.querySelector("summary")?.focus();
}

/** @param {any} changes */
async function changed(changes) {
  const first = cursor === "";
  cursor = changes.cursor;
  if (first || !changes.rows?.some((/** @type {any} */ row) => row.id === id)) return;
  show(await ask(address));
  drawPanels();
  await charts.refresh();
}

/** @param {any} run as the server tells it */
function show(run) {
  lines[0].segments = run.segments;
  drawHead(run);
  drawFacts(run);
  drawSide(run);
  const files = run.files ?? [];
  drawPictures(files);
  fileList.show(files);
  drawConsole(files.find((/** @type {{path: string}} */ { path }) => path === "file.log"));
  const names = run.series.join("\n");
  if (names === drawn) return;
  drawn = names;
  if (run.series.length) charts.show(sections(run.series), lines);
  else byId("charts").replaceChildren(element("p", { class: "muted" }, run.skipped ? t("charts.unread", { n: count(run.skipped) }) : t("charts.none")));
}

/** @param {import("./gallery.js").RunFile[]} files */
async function drawPictures(files) {
  if (!gallery && !files.some(({ path }) => path.startsWith("images/"))) return;
  const { Gallery } = await import("./gallery.js");
  gallery ??= new Gallery(id);
  gallery.show(files);
}

/** @param {any} run */
function drawHead({ state }) {
  const mark = byId("state");
  mark.className = `state state-${state}`;
  mark.textContent = stateWord(state);
  mark.title = stateTitle(state);
}

/** @param {any} run */
function drawFacts({ state, meta, row, progress, skipped }) {
  const facts = byId("facts");
  const begin = typeof meta.start === "number" ? meta.start : idTime(id);
  const end = typeof meta.end === "number" ? meta.end : null;
  const now = Date.now() / 1000;
  /** @type {[string, Node | string | null, string?][]} */
  const entries = [];
  if (begin) entries.push(["fact.started", startText(begin, now)]);
  if (begin && end) entries.push(["fact.duration", span(end - begin)]);
  else if (begin && state === "running") entries.push(["fact.running", span(now - begin)]);
  if (row.written) entries.push(["fact.written", t("ago", { span: span(Math.max(0, now - row.written)) })]);
  if (progress?.step != null) entries.push(["fact.progress", progressFact(row)]);
  if (meta.fit_id) entries.push(...codeVersion(meta.fit_id, meta.fit_msg ?? row["meta-fit_msg"]));
  else if (pageData().is_run) entries.push(["fact.fit", element("span", { class: "muted" }, t("code.none"))]);
  if (meta.git_id) entries.push(["fact.git", commit(meta.git_id, meta.git_msg ?? row["meta-git_msg"])]);
  if (row.memo) entries.push(["fact.memo", whole(row.memo)]);
  if (row.diverged) entries.push(["fact.diverged", divergedText(row.diverged), "failure"]);
  if (row.in_doubt) entries.push(["fact.in_doubt", t("cell.in_doubt"), "failure"]);
  if (skipped) entries.push(["fact.skipped", count(skipped), "doubtful"]);
  if (meta.error) entries.push(["fact.error", whole(meta.error), "failure"]);
  facts.replaceChildren(
    ...entries.map(([label, value, style]) =>
      element("div", { class: style }, element("dt", {}, t(label)), element("dd", {}, value)),
    ),
  );
}

/** @param {Record<string, string>} odd what is NaN or infinite @returns {string} some of it */
function divergedText(odd) {
  const told = Object.entries(odd).map(([key, word]) => `${key}: ${word}`);
  return [...told.slice(0, 3), ...(told.length > 3 ? ["…"] : [])].join(", ");
}

/** @param {number} begin @param {number} now */
function startText(begin, now) {
  const text = moment(begin);
  return now - begin < 7 * 86400 ? `${text} (${t("ago", { span: span(now - begin) })})` : text;
}

/** @param {string} run a run's id, which is its start in local time, near enough */
function idTime(run) {
  const parts = /^log_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/.exec(run)?.slice(1).map(Number);
  if (!parts) return null;
  return new Date(parts[0], parts[1] - 1, parts[2], parts[3], parts[4], parts[5]).getTime() / 1000;
}

/** @param {import("../frontend/types").Row} row with a step */
function progressFact(row) {
  const step = row.progress?.step ?? 0;
  const total = row.progress?.total;
  if (!total) return element("span", {}, t("fact.step", { step: count(step) }));
  const text = isDoneFromZero(row) ? progressTitle(row) : stepsText(row);
  if (row.state !== "running") return element("span", {}, text);
  const done = element("i");
  done.style.width = `${Math.min(100, (100 * step) / total)}%`;
  const left = timeLeft(row);
  return element("span", {}, element("span", { class: "bar" }, done), ` ${text}`, left ? ` · ${left}` : "");
}

/** @param {unknown} commitId @param {unknown} message */
function commit(commitId, message) {
  const text = whole(commitId);
  return element("span", {}, element("code", {}, text.slice(0, 12)), copyButton(text), message ? ` ${whole(message)}` : "");
}

// Made once, so that an update leaves the focus in it.
const getBack = element("button", { type: "button", onclick: () => openWayBack() }, t("revert.open"));

/**
 * @param {unknown} version
 * @param {unknown} message
 * @returns {[string, Node][]}
 */
function codeVersion(version, message) {
  const said = commit(version, message);
  said.append(" ", element("a", { href: `${runAddress(id)}/code` }, t("code.see")));
  if (pageData().can_revert) {
    said.append(getBack);
    return [["fact.fit", said]];
  }
  const command = `fitlog revert ${whole(version)}`;
  const way = element("span", { title: t("revert.where") }, element("code", {}, command), copyButton(command));
  return [["fact.fit", said], ["fact.revert", way]];
}

async function openWayBack() {
  const { openRevert } = await import("./revert.js");
  await openRevert(address);
}

/** @param {any} run */
function drawSide({ hyper, metric, other, meta }) {
  const about = Object.fromEntries(Object.entries(meta).filter(([key]) => !IN_HEAD.has(key) && !INTERNAL.has(key)));
  if (typeof about.segment_start === "number") about.segment_start = moment(about.segment_start);
  const parts = [["section.hyper", hyper], ["section.metric", metric], ["section.other", other], ["section.meta", about]];
  const made = parts
    .filter(([, values]) => values && Object.keys(values).length)
    .map(([title, values]) => element("section", { class: "section" }, element("h2", {}, t(title)), element("dl", { class: "tree" }, ...tree(values, []))));
  const side = byId("side");
  const html = made.map((part) => part.textContent).join("\n");
  // Unchanged facts are left alone, so that a selection of text in them survives an update.
  if (side.dataset.text !== html) side.replaceChildren(...made);
  side.dataset.text = html;
}

/**
 * @param {Record<string, any>} values
 * @param {string[]} path
 * @returns {HTMLElement[]}
 */
function tree(values, path) {
  const entries = Object.entries(values);
  const isGroup = (/** @type {any} */ value) => value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0;
  const plain = entries.filter(([, value]) => !isGroup(value)).map(([key, value]) => {
    const text = whole(value);
    return element("div", {}, element("dt", { title: [...path, key].join("-") }, key), element("dd", {}, element("span", {}, text), text ? copyButton(text) : null));
  });
  const groups = entries.filter(([, value]) => isGroup(value)).flatMap(([key, value]) => {
    const below = [...path, key];
    // A group of nothing but groups needs no heading: theirs begin with its name.
    const heading = Object.values(value).every(isGroup) ? [] : [element("div", { class: "group" }, element("dt", {}, below.join(" / ")))];
    return [...heading, ...tree(value, below)];
  });
  return [...plain, ...groups];
}

let consoleSize = 0;

/** @param {{size: number} | undefined} file */
async function drawConsole(file) {
  if (!file?.size || file.size === consoleSize || file.size > CONSOLE_BYTES) return;
  consoleSize = file.size;
  try {
    const text = await askText(`${address}/files/file.log`);
    const all = text.split("\n");
    const box = byId("console");
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 8;
    const cut = all.length > CONSOLE_LINES ? t("console.cut", { n: CONSOLE_LINES }) : "";
    box.textContent = cut + all.slice(-CONSOLE_LINES).join("\n");
    byId("console-section").hidden = false;
    if (atEnd) box.scrollTop = box.scrollHeight;
  } catch (error) {
    // The text is shown with the next change; the file is in the list in any case.
    if (!(error instanceof ApiError)) throw error;
    consoleSize = 0;
  }
}

beginPage(start);
