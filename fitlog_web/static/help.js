// The dialog of keys behind the ?, and the end of the board that is asked for there.
import { mayEnd } from "./allowed.js";
import { ask } from "./api.js";
import { element, pageData } from "./dom.js";
import { t } from "./i18n.js";
import { hasSingleKeys, openDialog, sayFailed, toast } from "./shell.js";
import "./help_texts.js";

/**
 * @param {[string[], string][]} lines keys, and what they do
 * @param {string[]} paragraphs that stand under them
 */
export function showHelp(lines, paragraphs) {
  const list = element("dl", { class: "keys" });
  /** @type {[string[], string][]} */
  const going = pageData().page === "copy" ? [] : [[["g", "r"], t("help.runs")], [["g", "v"], t("help.pivot")], [["g", "p"], t("help.relations")]];
  for (const [names, text] of [...lines, ...going]) {
    const term = element("dt");
    for (const name of names) term.append(element("kbd", {}, name), " ");
    list.append(element("div", {}, term, element("dd", {}, text)));
  }
  const end = element("button", { type: "button", class: "quiet" }, t("end.do"));
  const notes = paragraphs.map((text) => element("p", { class: "note" }, text));
  const ending = mayEnd() ? [element("div", { class: "actions" }, end)] : [];
  const dialog = openDialog(t("help.title"), list, singleKeys(), ...notes, ...ending);
  end.addEventListener("click", () => {
    dialog.close();
    askForEnd();
  });
}

/** Whoever speaks to the machine, or hits keys by chance, can do without those that are one sign. */
function singleKeys() {
  const box = element("input", { type: "checkbox", checked: hasSingleKeys() });
  box.addEventListener("change", () => {
    try {
      localStorage.setItem("fitlog-keys", box.checked ? "on" : "off");
    } catch {
      box.checked = true; // storage is switched off, and the keys stay as they are
      toast(t("help.unkept"), { error: true });
    }
  });
  return element("label", { class: "single" }, box, " ", t("help.single"));
}

/** Asks whether the board is to end, which whoever comes next would find gone. */
function askForEnd() {
  const cancel = element("button", { type: "button" }, t("cancel"));
  const end = element("button", { type: "button", class: "danger" }, t("end.do"));
  const dialog = openDialog(t("end.title"), element("p", {}, t("end.text")), element("div", { class: "actions" }, cancel, end));
  cancel.addEventListener("click", () => dialog.close());
  end.addEventListener("click", async () => {
    dialog.close();
    try {
      await ask("api/end", { method: "POST", body: {} });
    } catch (error) {
      return sayFailed(error);
    }
    dispatchEvent(new Event("fitlog-end"));
    const again = element("p", {}, t("end.again"), " ", element("code", {}, `fitlog log ${pageData().log_dir}`));
    document.body.replaceChildren(element("main", { class: "ended" }, element("h1", {}, t("end.done")), again));
  });
  cancel.focus();
}
