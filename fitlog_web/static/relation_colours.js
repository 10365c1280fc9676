// The colour of each run by one of its values, and the legend that tells it.
import { colourOf, isDark, token } from "./colours.js";
import { element } from "./dom.js";
import { shortNumber } from "./format.js";
import { t } from "./i18n.js";

/** @typedef {import("./relation_scales.js").Scale} Scale */
/** @typedef {{styles: string[], of: Uint8Array}} Colours a style for each bucket, and the bucket of each run */

const BUCKETS = 24;
/** Categories with a colour of their own; the others share one. */
const OWN = 7;
const OTHER = 7;
/** From low to high: blue, violet, orange, which those tell apart who do not see red or green. */
const LIGHT = [[0, 114, 178], [140, 107, 177], [213, 94, 0]];
const DARK = [[86, 180, 233], [183, 154, 217], [230, 159, 0]];

/** @param {number} place from 0 to 1 */
function shade(place) {
  const stops = isDark() ? DARK : LIGHT;
  const at = Math.min(1.999, Math.max(0, place * 2));
  const [one, other] = [stops[Math.floor(at)], stops[Math.floor(at) + 1]];
  return `rgb(${one.map((part, turn) => Math.round(part + (other[turn] - part) * (at % 1))).join(" ")})`;
}

/**
 * @param {Scale | null} scale null for one colour
 * @param {number} count of runs
 * @returns {Colours}
 */
export function coloursBy(scale, count) {
  const of = new Uint8Array(count);
  if (!scale) return { styles: [token("--accent")], of };
  const isCategory = scale.kind === "category";
  const size = isCategory ? OTHER + 1 : BUCKETS;
  const styles = Array.from({ length: size }, (_, at) => (isCategory ? colourOf({ colour: at, dash: 0 }) : shade(at / (BUCKETS - 1))));
  styles.push(token("--control"));
  for (let at = 0; at < count; at += 1) {
    const place = scale.places[at];
    if (Number.isNaN(place)) of[at] = size;
    else of[at] = isCategory ? Math.min(OTHER, Math.floor(place * scale.values.length)) : Math.round(Math.min(1, Math.max(0, place)) * (BUCKETS - 1));
  }
  return { styles, of };
}

/** @param {Scale | null} scale @returns {HTMLElement | null} */
export function legend(scale) {
  if (!scale) return null;
  const name = element("span", { class: "muted" }, scale.key);
  const parts = scale.kind === "category" ? categories(scale) : [gradient(scale)];
  const gap = scale.lost ? [entry(token("--control"), t("rel.colour.none", { n: scale.lost }))] : [];
  return element("div", { class: "rel-legend" }, name, ...parts, ...gap);
}

/** @param {Scale} scale */
function categories({ values }) {
  const own = values.slice(0, values.length > OWN + 1 ? OWN : OWN + 1);
  const others = values.length - own.length;
  const entries = own.map((value, at) => entry(colourOf({ colour: at, dash: 0 }), value));
  return others ? [...entries, entry(colourOf({ colour: OTHER, dash: 0 }), t("rel.colour.others", { n: others }))] : entries;
}

/** @param {string} colour @param {string} text */
function entry(colour, text) {
  const dot = element("i", { "aria-hidden": "true" });
  dot.style.background = colour;
  return element("span", { class: "rel-entry" }, dot, text);
}

/** @param {Scale} scale */
function gradient(scale) {
  const bar = element("i", { class: "rel-gradient", "aria-hidden": "true" });
  bar.style.background = `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map(shade).join(", ")})`;
  if (Number.isNaN(scale.ends[0])) return element("span", {}, "–");
  const [low, high] = scale.ends.map((end) => shortNumber(Number(end.toPrecision(12))));
  return element("span", { class: "rel-entry" }, low, bar, high, scale.kind === "log" ? element("span", { class: "muted" }, t("rel.kind.log.short")) : null);
}
