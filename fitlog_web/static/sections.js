// Series in sections: losses, then metrics by where they were measured.
import { t } from "./i18n.js";

/**
 * @param {string[]} names
 * @returns {{title: string, names: string[]}[]}
 */
export function sections(names) {
  /** @type {Map<string, string[]>} */
  const grouped = new Map();
  for (const name of names) {
    const [kind, ...path] = name.split("-");
    const where = kind === "metric" && path.length > 1 ? path[0] : "";
    const title = [t(kind === "loss" ? "charts.loss" : "charts.metric"), where].filter(Boolean).join(" · ");
    grouped.set(title, [...(grouped.get(title) ?? []), name]);
  }
  return [...grouped].map(([title, members]) => ({ title, names: members }));
}
