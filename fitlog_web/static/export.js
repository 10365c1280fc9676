// The dialog that gives rows away: as a file, or for the clipboard.
import { ApiError, root } from "./api.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { copy, openDialog, toast } from "./shell.js";

/** @typedef {"view" | "selected" | "all"} Which */
/**
 * @typedef {object} Source
 * @property {(which: Which) => string[]} ids the rows, in the order they are seen in
 * @property {() => string[]} columns the columns in view
 */

const FORMATS = [["csv", "CSV"], ["json", "JSON"], ["md", "Markdown"], ["tex", "LaTeX"]];

/** @param {Source} source */
export function exportButton(source) {
  return element("button", { type: "button", id: "export", onclick: () => openExport(source) }, t("export.open"));
}

/** @param {Source} source */
function openExport(source) {
  const selected = source.ids("selected").length;
  const rows = select(t("export.rows"), [
    ...(selected ? [["selected", t("export.selected", { n: selected })]] : []),
    ["view", t("export.view", { n: source.ids("view").length })],
    ["all", t("export.all", { n: source.ids("all").length })],
  ]);
  const columns = select(t("export.columns"), [["view", t("export.columns.view")], ["all", t("export.columns.all")]]);
  const format = select(t("export.format"), FORMATS);
  const best = select(t("export.best"), [["max", t("export.best.max")], ["min", t("export.best.min")]]);
  const drawn = () => (best.row.hidden = !["md", "tex"].includes(format.input.value));
  format.input.addEventListener("change", drawn);
  drawn();
  const fetched = () =>
    fetchText({
      ids: source.ids(/** @type {Which} */ (rows.input.value)),
      columns: columns.input.value === "view" ? source.columns() : undefined,
      format: format.input.value,
      best: best.input.value,
    });
  const download = element("button", { type: "submit", class: "primary" }, t("export.download"));
  const toClipboard = element("button", { type: "button" }, t("export.copy"));
  const form = element("form", { class: "export" }, rows.row, columns.row, format.row, best.row, element("div", { class: "actions" }, toClipboard, download));
  const dialog = openDialog(t("export.title"), form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = await fetched();
    if (text === null) return;
    dialog.close();
    save(text, `runs.${format.input.value}`);
  });
  toClipboard.addEventListener("click", async () => {
    const text = await fetched();
    if (text === null) return;
    dialog.close();
    await copy(text);
  });
  rows.input.focus();
}

/** @param {string} label @param {string[][]} options */
function select(label, options) {
  const input = element("select", {}, ...options.map(([value, text]) => element("option", { value }, text)));
  return { input, row: element("label", {}, element("span", {}, label), input) };
}

/**
 * @param {Record<string, unknown>} body
 * @returns {Promise<string | null>} null where the server refused, which was said then
 */
async function fetchText(body) {
  try {
    const response = await fetch(`${root}api/export`, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return await response.text();
    throw new ApiError(response.status, await response.json().catch(() => ({})));
  } catch (error) {
    toast(t("failed", { error: error instanceof Error ? error.message : String(error) }), { error: true });
    return null;
  }
}

/** @param {string} text @param {string} name */
function save(text, name) {
  const address = URL.createObjectURL(new Blob([text]));
  const link = element("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
