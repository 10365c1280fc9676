// The dialog that gives rows away: as a file, or for the clipboard.
import { ApiError, askText } from "./api.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { copy, openDialog, saveFile } from "./shell.js";

/** @typedef {"view" | "selected" | "all"} Which */
/**
 * @typedef {object} Source
 * @property {(which: Which) => string[]} ids the rows, in the order they are seen in
 * @property {() => string[]} columns the columns in view
 */
/** @typedef {{input: HTMLSelectElement, row: HTMLElement}} Field */

const FORMATS = [["csv", "CSV"], ["json", "JSON"], ["md", "Markdown"], ["tex", "LaTeX"]];
const WITH_BEST = ["md", "tex"];

/** @param {Source} source */
export function exportButton(source) {
  return element("button", { type: "button", id: "export", onclick: () => openExport(source) }, t("export.open"));
}

/** @param {Source} source */
function openExport(source) {
  const fields = fieldsOf(source);
  const fault = element("p", { class: "fault", role: "alert", hidden: true });
  const toClipboard = element("button", { type: "button" }, t("export.copy"));
  const download = element("button", { type: "submit", class: "primary" }, t("export.download"));
  const rows = Object.values(fields).map(({ row }) => row);
  const form = element("form", { class: "export" }, ...rows, fault, element("div", { class: "actions" }, toClipboard, download));
  const dialog = openDialog(t("export.title"), form);
  const give = async (/** @type {(text: string) => unknown} */ take) => {
    try {
      const text = await askText("api/export", { method: "POST", body: wanted(source, fields) });
      dialog.close();
      take(text);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fault.hidden = false;
      fault.textContent = t("failed", { error: error.message });
    }
  };
  toClipboard.addEventListener("click", () => give(copy));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    give((text) => saveFile(new Blob([text]), `runs.${fields.format.input.value}`));
  });
  fields.rows.input.focus();
}

/** @param {Source} source */
function fieldsOf(source) {
  const selected = source.ids("selected").length;
  const rows = [
    ["view", t("export.view", { n: source.ids("view").length })],
    ["all", t("export.all", { n: source.ids("all").length })],
  ];
  if (selected) rows.unshift(["selected", t("export.selected", { n: selected })]);
  const fields = {
    rows: field(t("export.rows"), rows),
    columns: field(t("export.columns"), [["view", t("export.columns.view")], ["all", t("export.columns.all")]]),
    format: field(t("export.format"), FORMATS),
    best: field(t("export.best"), [["max", t("export.best.max")], ["min", t("export.best.min")]]),
  };
  const drawn = () => (fields.best.row.hidden = !WITH_BEST.includes(fields.format.input.value));
  fields.format.input.addEventListener("change", drawn);
  drawn();
  return fields;
}

/** @param {string} label @param {string[][]} options @returns {Field} */
function field(label, options) {
  const input = element("select", {}, ...options.map(([value, text]) => element("option", { value }, text)));
  return { input, row: element("label", {}, element("span", {}, label), input) };
}

/** @param {Source} source @param {Record<"rows" | "columns" | "format" | "best", Field>} fields */
function wanted(source, { rows, columns, format, best }) {
  return {
    ids: source.ids(/** @type {Which} */ (rows.input.value)),
    columns: columns.input.value === "view" ? source.columns() : undefined,
    format: format.input.value,
    best: best.input.value,
  };
}
