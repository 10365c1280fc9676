// The small menu of a chart that gives it as a file; what makes the files is loaded when it is used.
import { element } from "./dom.js";
import { dropdown } from "./dropdown.js";
import { t } from "./i18n.js";
import { saveFile } from "./shell.js";

/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {"csv" | "svg" | "png"} Kind */

/**
 * @param {Chart} chart
 * @param {string} title
 * @returns {HTMLDetailsElement}
 */
export function downloadMenu(chart, title) {
  const label = t("download.menu", { name: title });
  const summary = element("summary", { "aria-label": label, title: label }, "⤓");
  const fault = element("p", { role: "alert", hidden: true });
  const buttons = /** @type {const} */ (["csv", "svg", "png"]).map((kind) =>
    element("button", { type: "button", "data-kind": kind, onclick: () => take(kind) }, t(`download.${kind}`)),
  );
  const { menu, close } = dropdown("download", summary, element("div", {}, ...buttons, fault));
  const take = async (/** @type {Kind} */ kind) => {
    fault.hidden = true;
    try {
      const { fileOf } = await import("./chart_files.js");
      saveFile(await fileOf(chart, kind), `${fileName(chart.name)}.${kind}`);
      close();
    } catch (error) {
      fault.textContent = t("download.failed", { error: error instanceof Error ? error.message : String(error) });
      fault.hidden = false;
    }
  };
  menu.addEventListener("toggle", () => {
    // A chart without a curve has no picture; its values can be had all the same.
    for (const button of buttons) button.disabled = button.dataset.kind !== "csv" && !chart.plot;
  });
  return menu;
}

/** @param {string} name of a series, which may hold what no file's name may */
function fileName(name) {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 100);
}
