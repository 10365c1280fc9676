// What stands where the table would be, while there is no run to be seen.
import { byId, element } from "./dom.js";
import { t } from "./i18n.js";
import { copyButton } from "./shell.js";

/** @param {string} folder */
const snippet = (folder) => `import fitlog

fitlog.set_log_dir(${JSON.stringify(folder)})
fitlog.add_hyper(0.1, name="lr")
for step in range(100):
    fitlog.add_loss(1 / (step + 1), step=step, name="loss")
fitlog.finish()`;

/** Takes the notice away, as there are runs to be seen. */
export function drawSomething() {
  byId("none").hidden = true;
}

/** @typedef {{text: string, without: number, remove: () => void}} Narrowing a condition, how many runs there are without it */

/**
 * Says that no run meets all conditions, and lets each be taken away.
 * @param {Narrowing[]} conditions
 * @param {string[]} unknown names that no run has a column for
 */
export function drawNotFound(conditions, unknown) {
  const items = conditions.map(({ text, without, remove }) =>
    element("li", {}, element("code", {}, text), element("button", { type: "button", onclick: remove }, t("none.without", { n: without }))),
  );
  notice("none").replaceChildren(element("p", {}, t("none.search")), ...unknown.map((name) => element("p", { class: "muted" }, t("none.unknown", { name }))), element("ul", {}, ...items));
}

/**
 * Says that all runs are hidden, or that none passes the view's saved filter.
 * @param {boolean} filtered
 * @param {() => void} show
 */
export function drawHidden(filtered, show) {
  const button = element("button", { type: "button", onclick: show }, t("none.show"));
  notice("none").replaceChildren(element("p", {}, t(filtered ? "none.filter" : "none.hidden")), button);
}

/**
 * Says how the first run is recorded.
 * @param {string} folder the log directory
 */
export function drawEmpty(folder) {
  const box = byId("none");
  box.hidden = false;
  if (box.className === "empty") return; // as it stands already
  const code = snippet(folder);
  const text = element(
    "div",
    { class: "notice" },
    element("h1", {}, t("empty.title")),
    element("p", {}, t("empty.watching", { folder })),
    element("p", { class: "muted" }, t("empty.snippet"), " ", copyButton(code)),
    element("pre", {}, code),
    element("p", { class: "muted waiting" }, t("empty.waiting")),
  );
  notice("empty").replaceChildren(text);
}

/** @param {"none" | "empty"} kind */
function notice(kind) {
  const box = byId("none");
  box.hidden = false;
  box.className = kind;
  return box;
}
