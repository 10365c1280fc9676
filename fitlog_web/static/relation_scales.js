// Where values stand on an axis: as numbers, as their logarithms, or each in a place of its own.
import { isOdd, shortNumber, whole } from "./format.js";
import { compareValues, numberIn, PLACEHOLDER } from "./values.js";

/** @typedef {"linear" | "log" | "category"} Kind */
/** @typedef {import("./filters.js").Condition} Condition */
/** @typedef {{at: number, label: string}} Tick */
/** @typedef {{missing: number, odd: number, text: number, low: number}} Without how many runs have no place, by why */

/** From which ratio on positive numbers are spread by their logarithms where nobody chose. */
const WIDE = 100;
/** What is left free at each end of numbers, so that none is drawn on the edge. */
const MARGIN = 0.04;
/** Up to so many different numbers are labelled each. */
const FEW = 8;

/** One axis: the place of each run's cell from 0 to 1. */
export class Scale {
  /**
   * @param {string} key its column
   * @param {unknown[]} cells
   * @param {Kind | null} kind null to choose by the cells
   */
  constructor(key, cells, kind) {
    this.key = key;
    this.cells = cells;
    /** @type {Kind} */
    this.kind = kind ?? kindOf(cells);
    /** @type {Without} */
    this.without = { missing: 0, odd: 0, text: 0, low: 0 };
    /** The place of each cell, NaN where it has none. */
    this.places = new Float64Array(cells.length).fill(NaN);
    /** @type {string[]} the categories, in their order */
    this.values = [];
    this.low = 0;
    this.high = 1;
    /** The lowest and the highest number, NaN where there is none. */
    this.ends = [NaN, NaN];
    if (this.kind === "category") this.layCategories();
    else this.layNumbers();
  }

  layCategories() {
    const texts = this.cells.map((cell) => (cell === PLACEHOLDER ? "" : whole(cell)));
    this.values = [...new Set(texts)].filter(Boolean).sort((a, b) => compareValues(a, b, null, null, false));
    const order = new Map(this.values.map((value, at) => [value, (at + 0.5) / this.values.length]));
    texts.forEach((text, at) => {
      const place = order.get(text);
      if (place === undefined) this.without.missing += 1;
      else this.places[at] = place;
    });
  }

  layNumbers() {
    const numbers = this.cells.map((cell) => this.numberOf(cell));
    let [low, high] = [Infinity, -Infinity];
    for (const number of numbers) {
      if (number < low) low = number;
      if (number > high) high = number;
    }
    if (low > high) return;
    this.ends = this.kind === "log" ? [10 ** low, 10 ** high] : [low, high];
    const room = high > low ? (high - low) * MARGIN : this.kind === "log" ? 0.5 : Math.abs(low) / 2 || 0.5;
    this.low = low - room;
    this.high = high + room;
    numbers.forEach((number, at) => (this.places[at] = (number - this.low) / (this.high - this.low)));
  }

  /** @param {unknown} cell @returns {number} on this axis, NaN where it has no place; counts why */
  numberOf(cell) {
    const number = numberIn(cell);
    if (number === null || !Number.isFinite(number)) {
      if (cell === null || cell === undefined || cell === "" || cell === PLACEHOLDER) this.without.missing += 1;
      else if (isOdd(cell)) this.without.odd += 1;
      else this.without.text += 1;
      return NaN;
    }
    if (this.kind === "linear") return number;
    if (number <= 0) this.without.low += 1;
    return number > 0 ? Math.log10(number) : NaN;
  }

  /** @returns {number} how many runs have no place here */
  get lost() {
    const { missing, odd, text, low } = this.without;
    return missing + odd + text + low;
  }

  /** @param {number} place @returns {number} the number that stands there */
  numberAt(place) {
    const at = this.low + place * (this.high - this.low);
    return this.kind === "log" ? 10 ** at : at;
  }

  /** @param {number} number @returns {number} as exact as a thousandth of the axis tells */
  rounded(number) {
    const size = Math.floor(Math.log10((this.high - this.low) / 1000));
    if (this.kind === "log") return Number(number.toPrecision(Math.min(12, Math.max(3, -size))));
    const step = 10 ** size;
    return Number((Math.round(number / step) * step).toPrecision(12));
  }

  /** @param {number} number @returns {number} its place, also beyond the ends */
  placeOf(number) {
    const at = this.kind === "log" ? (number > 0 ? Math.log10(number) : -Infinity) : number;
    return (at - this.low) / (this.high - this.low);
  }

  /**
   * What a stretch of the axis stands for.
   * @param {number} from
   * @param {number} to
   * @returns {Condition | null} null where it holds nothing
   */
  conditionOf(from, to) {
    const [low, high] = from < to ? [from, to] : [to, from];
    if (this.kind !== "category") return { from: this.rounded(this.numberAt(low)), to: this.rounded(this.numberAt(high)) };
    const is = this.values.filter((_, at) => between((at + 0.5) / this.values.length, low, high));
    return is.length ? { is } : null;
  }

  /**
   * The stretches that a condition stands for.
   * @param {Condition} condition
   * @returns {[number, number][]}
   */
  stretchesOf(condition) {
    if ("has" in condition) return [];
    if ("is" in condition) {
      const half = 0.5 / Math.max(1, this.values.length);
      const places = this.kind === "category" ? condition.is.map((value) => (this.values.indexOf(value) + 0.5) * 2 * half) : condition.is.map((value) => this.placeOf(Number(value)));
      return places.filter((place) => place >= 0 && place <= 1).map((place) => [place - half, place + half]);
    }
    if (this.kind === "category") return [];
    const { from, to } = condition;
    return [[from === null ? 0 : clamp(this.placeOf(from)), to === null ? 1 : clamp(this.placeOf(to))]];
  }

  /** @param {number} most how many have room @returns {number[] | null} the numbers themselves where they are few, as those of a grid */
  few(most) {
    const places = new Set();
    for (const place of this.places) {
      if (!Number.isNaN(place)) places.add(place);
      if (places.size > FEW) return null;
    }
    const sorted = [...places].sort((a, b) => a - b);
    if (sorted.some((place, at) => at && place - sorted[at - 1] < 0.6 / most)) return null;
    return sorted.map((place) => Number(this.numberAt(place).toPrecision(12)));
  }

  /** @param {number} most how many have room @returns {Tick[]} */
  ticks(most) {
    if (this.kind === "category") {
      const every = Math.ceil(this.values.length / Math.max(1, most * 1.6));
      return this.values.map((label, at) => ({ at: (at + 0.5) / this.values.length, label: shortText(label) })).filter((_, at) => at % every === 0);
    }
    const numbers = this.few(most) ?? (this.kind === "log" ? powers(this.low, this.high, most) : steps(this.low, this.high, most));
    return numbers.map((number) => ({ at: this.placeOf(number), label: shortNumber(number) }));
  }
}

/** @param {unknown[]} cells @returns {Kind} */
function kindOf(cells) {
  let [numbers, texts, low, high] = [0, 0, Infinity, 0];
  for (const cell of cells) {
    const number = numberIn(cell);
    if (number !== null && Number.isFinite(number)) {
      numbers += 1;
      low = Math.min(low, number);
      high = Math.max(high, number);
    } else if (cell !== null && cell !== undefined && cell !== "" && !isOdd(cell) && cell !== PLACEHOLDER) texts += 1;
  }
  if (texts > numbers) return "category";
  return low > 0 && high / low >= WIDE ? "log" : "linear";
}

/** @param {number} place @param {number} low @param {number} high */
function between(place, low, high) {
  return place >= low && place <= high;
}

/** @param {number} place */
function clamp(place) {
  return Math.max(0, Math.min(1, place));
}

/** @param {string} text */
function shortText(text) {
  const number = numberIn(text);
  if (number !== null && String(number) === text) return shortNumber(number);
  return text.length > 18 ? `${text.slice(0, 17)}…` : text;
}

/** @param {number} low @param {number} high @param {number} most @returns {number[]} round numbers between */
function steps(low, high, most) {
  const rough = (high - low) / Math.max(1, most);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 5, 10].find((part) => part * size >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const length = Math.min(50, Math.max(0, Math.floor(high / step) - first + 1));
  return Array.from({ length }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** @param {number} low logarithm @param {number} high logarithm @param {number} most @returns {number[]} */
function powers(low, high, most) {
  if (high - low < 0.7) return steps(10 ** low, 10 ** high, most);
  const digits = (high - low) * 3 <= most ? [1, 2, 5] : [1];
  const every = Math.ceil((high - low) / Math.max(1, most));
  const found = [];
  for (let power = Math.floor(low); power <= high; power += 1) {
    if (power % every) continue;
    for (const digit of digits) found.push(Number(`${digit}e${power}`));
  }
  return found.filter((number) => number > 0 && between(Math.log10(number), low, high));
}
