// The curves of a copy: in the page itself, or in scripts beside it, read when they are first drawn.
import { pageData } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("../frontend/types").SeriesData} SeriesData */
/** @typedef {number[] | {first: number, by: number, n: number}} Steps */
/**
 * @typedef {object} Told a curve in few letters, as the export writes it
 * @property {Steps} s steps
 * @property {(number | null)[]} v values
 * @property {number} n how many points there were
 * @property {(number | null)[]} [e] epochs, by differences
 * @property {(number | null)[]} [t] times in tenths of a second, by differences
 * @property {number} [b] when the run began
 * @property {[number, "nan" | "inf" | "-inf", number][]} [m] marks
 * @property {Record<string, string>} [x] texts
 */
/** @typedef {Map<number, SeriesData>} Curves of a series, by the place of their run */

/** @type {Map<number, Promise<Curves>>} by the number of the series */
const known = new Map();
/** @type {Map<number, string>} what the scripts beside the page said last */
const said = new Map();
/** @type {any} */ (globalThis).fitlogCurves = (/** @type {number} */ index, /** @type {string} */ text) => said.set(index, text);

/**
 * @param {number} index of the series
 * @returns {Promise<Curves>}
 */
export function curvesOf(index) {
  const found = known.get(index) ?? load(index).then(read);
  known.set(index, found);
  found.catch(() => known.delete(index)); // The file may have been put in its place meanwhile.
  return found;
}

/** @param {number} index @returns {Promise<string>} JSON */
function load(index) {
  if (pageData().single) return Promise.resolve(document.getElementById(`curves-${index}`)?.textContent ?? "{}");
  const file = `curves/${index}.js`;
  const script = document.createElement("script");
  script.nonce = document.querySelector("script")?.nonce ?? "";
  script.src = file;
  return new Promise((done, failed) => {
    script.addEventListener("load", () => done(said.get(index) ?? "{}"));
    script.addEventListener("error", () => failed(new Error(t("copy.lost", { file }))));
    document.head.append(script);
  });
}

/** @param {string} text @returns {Curves} */
function read(text) {
  /** @type {Record<string, Told>} */
  const found = JSON.parse(text);
  return new Map(Object.entries(found).map(([place, told]) => [Number(place), curveOf(told)]));
}

/** @param {Told} told @returns {SeriesData} */
function curveOf({ s, v, n, e, t: times, b, m, x }) {
  const step = Array.isArray(s) ? /** @type {number[]} */ (summed(s)) : Array.from({ length: s.n }, (_none, turn) => s.first + turn * s.by);
  const time = times ? summed(times).map((value) => (value === null ? null : value / 10)) : null;
  const marks = (m ?? []).map(([at, kind, count]) => ({ step: at, kind, count }));
  return { step, value: v, epoch: e ? summed(e) : null, time, start: b ?? null, total: n, marks, texts: x };
}

/** @param {(number | null)[]} differences */
function summed(differences) {
  let sum = 0;
  return differences.map((value) => (value === null ? null : (sum += value)));
}

/**
 * A curve from one step to another, and a point beyond on either side so that its line goes on.
 * @param {SeriesData} data
 * @param {{from: number, to: number} | null} range
 * @returns {SeriesData}
 */
export function stretch(data, range) {
  if (!range) return data;
  const after = data.step.findIndex((step) => step >= range.from);
  const beyond = data.step.findIndex((step) => step > range.to);
  const [low, high] = [Math.max(0, (after < 0 ? data.step.length : after) - 1), beyond < 0 ? data.step.length : beyond + 1];
  /** @type {<T>(values: T[]) => T[]} */
  const cut = (values) => values.slice(low, high);
  const columns = { step: cut(data.step), value: cut(data.value), epoch: data.epoch && cut(data.epoch), time: data.time && cut(data.time) };
  return { ...data, ...columns, marks: data.marks.filter(({ step }) => step >= range.from && step <= range.to) };
}
