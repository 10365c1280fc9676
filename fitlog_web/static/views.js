// The window of saved views: opening one, saving what the page shows, removing one.
import { ApiError, ask, spell } from "./api.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { openPopover } from "./popover.js";
import { sayFailed, toast } from "./shell.js";
import { addressToSave, viewName } from "./view.js";

/** What a new view takes over from the one it is made of. */
const TAKEN_OVER = ["hidden_logs", "deleted_logs", "filter_condition", "hidden_columns", "exclude_columns", "editable_columns", "column_order"];

/** @typedef {() => Record<string, unknown>} Shown what the page shows that stands in no address */

/**
 * Opens the window under a button.
 * @param {DOMRect} place
 * @param {boolean} readOnly
 * @param {Shown} shown
 */
export async function openViews(place, readOnly, shown) {
  try {
    const { views, current } = await ask("api/views");
    const names = [...new Set([current, ...views, viewName()])];
    const content = [list(names, current, readOnly), ...(readOnly ? [] : [saving(names, shown)])];
    openPopover(place, t("views.title"), ...content);
  } catch (error) {
    sayFailed(error);
  }
}

/** @param {string[]} names @param {string} own the board's own view @param {boolean} readOnly */
function list(names, own, readOnly) {
  const items = names.map((name) => {
    const link = element("a", { href: name === own ? "runs" : `runs?v=${spell(name)}` }, bare(name));
    if (name === viewName()) link.setAttribute("aria-current", "page");
    const item = element("li", {}, link);
    if (!readOnly && name !== own && name !== viewName()) item.append(removal(name, item));
    return item;
  });
  return element("ul", { class: "views" }, ...items);
}

/** @param {string} name @param {HTMLElement} item */
function removal(name, item) {
  const label = t("views.remove", { name: bare(name) });
  const button = element("button", { type: "button", class: "quiet icon-button", title: label, "aria-label": label }, "×");
  button.addEventListener("click", async () => {
    try {
      const { values } = await ask(`api/view?name=${spell(name)}`);
      await ask("api/view", { method: "DELETE", body: { name } });
      item.remove();
      toast(t("views.removed", { name: bare(name) }), { actions: [[t("undo"), () => put(name, values)]] });
    } catch (error) {
      sayFailed(error);
    }
  });
  return button;
}

/** @param {string[]} names that are taken @param {Shown} shown */
function saving(names, shown) {
  const here = element("button", { type: "button" }, t("views.here", { name: bare(viewName()) }));
  const label = t("views.name");
  const name = element("input", { type: "text", placeholder: label, "aria-label": label, maxLength: 100, autocomplete: "off", spellcheck: false });
  const fault = element("p", { class: "wrong", role: "alert", hidden: true });
  const form = element("form", { class: "save-view" }, here, element("div", { class: "row" }, name, element("button", { type: "submit" }, t("views.save"))), fault);
  const say = (/** @type {string} */ text) => {
    fault.textContent = text;
    fault.hidden = false;
  };
  here.addEventListener("click", () => save(say, shown));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = `${bare(name.value.trim())}.cfg`;
    if (names.includes(wanted)) say(t("views.taken", { name: bare(wanted) }));
    else if (name.value.trim()) saveAs(wanted, say, shown);
  });
  return form;
}

/** @param {(text: string) => void} say what went wrong @param {Shown} shown */
async function save(say, shown) {
  const name = viewName();
  if (await tried(() => put(name, { address: addressToSave(), ...shown() }), say)) toast(t("views.saved", { name: bare(name) }));
}

/** @param {string} name @param {(text: string) => void} say what went wrong @param {Shown} shown */
async function saveAs(name, say, shown) {
  const address = addressToSave();
  const done = await tried(async () => {
    const { values } = await ask(`api/view?name=${spell(viewName())}`);
    await put(name, { ...Object.fromEntries(TAKEN_OVER.map((key) => [key, values[key]])), address, ...shown() });
  }, say);
  if (done) location.href = `runs?v=${spell(name)}`;
}

/** @param {string} name @param {Record<string, unknown>} values as a view said them */
function put(name, values) {
  return ask("api/view", { method: "PATCH", body: { name, set: values, as_saved: true } });
}

/** @param {() => Promise<unknown>} act @param {(text: string) => void} say */
async function tried(act, say) {
  try {
    await act();
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(error.message);
    return false;
  }
}

/** @param {string} name @returns {string} without the ending that all views have */
function bare(name) {
  return name.replace(/\.cfg$/, "");
}
