// The dialog that brings the code of a run back, to a folder of the reader's choice.
import { ApiError, ask } from "./api.js";
import { element } from "./dom.js";
import { t } from "./i18n.js";
import { copyButton, openDialog, sayFailed, toast } from "./shell.js";
import "./revert_texts.js";

/** @typedef {{version: string | null, project: string | null, folder: string | null, problem: string | null}} Proposal */

/** @param {string} address of the run in the API */
export async function openRevert(address) {
  try {
    const proposal = /** @type {Proposal} */ (await ask(`${address}/revert`));
    if (proposal.problem) toast(proposal.problem, { error: true });
    else openForm(`${address}/revert`, proposal);
  } catch (error) {
    sayFailed(error);
  }
}

/** @param {string} address @param {Proposal} proposal */
function openForm(address, { version, project, folder }) {
  const input = element("input", { type: "text", value: folder ?? "", required: true, spellcheck: false, autocomplete: "off" });
  const fault = element("p", { class: "wrong", role: "alert", hidden: true });
  const cancel = element("button", { type: "button" }, t("cancel"));
  const go = element("button", { type: "submit", class: "primary" }, t("revert.do"));
  const form = element(
    "form",
    { class: "fields" },
    element("label", {}, element("span", {}, t("revert.folder")), input),
    element("p", { class: "muted" }, t("revert.what")),
    fault,
    element("div", { class: "actions" }, cancel, go),
  );
  const dialog = openDialog(t("revert.title"), about(version ?? "", project ?? ""), form);
  cancel.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    go.textContent = t("revert.busy");
    fault.hidden = true;
    try {
      const made = await ask(address, { method: "POST", body: { folder: input.value.trim() } });
      dialog.close();
      say(made.folder);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fault.textContent = error.message;
      fault.hidden = false;
    }
    go.disabled = false;
    go.textContent = t("revert.do");
  });
  input.focus();
}

/** @param {string} version @param {string} project */
function about(version, project) {
  const pair = (/** @type {string} */ label, /** @type {string} */ value) => [element("dt", {}, label), element("dd", {}, element("code", {}, value))];
  return element("dl", { class: "pairs" }, ...pair(t("revert.version"), version), ...pair(t("revert.project"), project));
}

/** @param {string} folder where the code is now */
function say(folder) {
  toast(t("revert.done", { folder }), { stay: true, detail: copyButton(folder) });
}
