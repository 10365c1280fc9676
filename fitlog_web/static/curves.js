// Pure functions on curves: horizontal axes, smoothing, and the way between steps and positions.

/** @typedef {import("../frontend/types").SeriesData} SeriesData */
/** @typedef {"step" | "epoch" | "time" | "wall"} AxisKind `time` counts from the start of a run, `wall` is the clock */

/**
 * Where a curve's points stand on the horizontal axis.
 * @param {SeriesData} data
 * @param {AxisKind} kind
 * @returns {{x: number[], fallback: boolean}} `fallback` where only steps are known
 */
export function positions(data, kind) {
  const marks = marksOf(data, kind);
  if (!marks?.some((mark) => mark !== null)) return { x: data.step, fallback: kind !== "step" };
  if (kind === "epoch") return { x: withinEpochs(data.step, marks), fallback: false };
  return { x: kind === "time" ? sinceStart(marks, data.start) : rising(filled(marks)), fallback: false };
}

/** @param {SeriesData} data @param {AxisKind} kind */
function marksOf(data, kind) {
  if (kind === "epoch") return data.epoch;
  if (kind === "time") return data.time;
  // The mean of several runs happened at no moment.
  return kind === "wall" && !data.band ? data.time : null;
}

/**
 * A curve without its first points.
 * @param {SeriesData} data
 * @param {number} first how many
 * @returns {SeriesData}
 */
export function without(data, first) {
  const cut = (/** @type {any} */ values) => (Array.isArray(values) ? values.slice(first) : values);
  const columns = { step: cut(data.step), value: cut(data.value), epoch: cut(data.epoch), time: cut(data.time) };
  const band = data.band && Object.fromEntries(Object.entries(data.band).map(([name, values]) => [name, name === "marks" ? values : cut(values)]));
  // What is left out is told by itself: no zoom would bring it back.
  return { ...data, ...columns, total: data.total - first, marks: data.marks.filter(({ step }) => step >= columns.step[0]), band: /** @type {any} */ (band) };
}

/**
 * Where a run that had stopped went on: the first points that came after it did.
 * @param {SeriesData} data
 * @param {number[]} starts when it went on, in seconds since 1970
 * @returns {number[]} indexes of points; not where there is none before
 */
export function resumed({ time }, starts) {
  if (!time) return [];
  const found = starts.map((start) => time.findIndex((at) => at !== null && at >= start));
  return [...new Set(found.filter((index) => index > 0))];
}

/**
 * Epochs are whole numbers that many steps share; the steps of one are spread until the next.
 * @param {number[]} steps
 * @param {(number | null)[]} epochs
 */
function withinEpochs(steps, epochs) {
  const known = filled(epochs);
  /** @type {number[]} */
  const starts = [];
  known.forEach((epoch, index) => {
    if (index === 0 || epoch !== known[index - 1]) starts.push(index);
  });
  const x = [];
  for (const [turn, start] of starts.entries()) {
    const next = starts[turn + 1] ?? known.length;
    const before = starts[turn - 1];
    // The last epoch is as long as the one before it, as far as anybody knows.
    let long = (steps[next] ?? 0) - steps[start];
    if (next === known.length) long = before === undefined ? steps[next - 1] - steps[start] + 1 : steps[start] - steps[before];
    long = Math.max(long, steps[next - 1] - steps[start] + 1);
    for (let index = start; index < next; index += 1) x.push(known[start] + (steps[index] - steps[start]) / long);
  }
  return rising(x);
}

/** @param {(number | null)[]} times @param {number | null | undefined} start */
function sinceStart(times, start) {
  const known = filled(times);
  return rising(known.map((time) => time - (start ?? known[0])));
}

/**
 * @param {(number | null)[]} values
 * @returns {number[]} the values, what is unknown taken from the neighbour
 */
function filled(values) {
  let last = values.find((value) => value !== null) ?? 0;
  return values.map((value) => (last = value ?? last));
}

/**
 * A resumed run repeats epochs and its clock may go back; a curve must still go to the right.
 * @param {number[]} x
 */
function rising(x) {
  for (let index = 1; index < x.length; index += 1) {
    if (x[index] <= x[index - 1]) x[index] = x[index - 1] + 1e-6;
  }
  return x;
}

/**
 * A moving average whose start is not drawn towards zero; gaps stay gaps.
 * @param {(number | null)[]} values
 * @param {number} weight of the past, from 0 to below 1
 * @returns {(number | null)[]}
 */
export function smooth(values, weight) {
  let sum = 0;
  let trust = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * weight + (1 - weight) * value;
    trust = trust * weight + (1 - weight);
    return sum / trust;
  });
}

/**
 * The value of a piecewise straight line, continued flat beyond its ends.
 * @param {number[]} from rising
 * @param {number[]} to
 * @param {number} at
 */
export function between(from, to, at) {
  if (!from.length) return at;
  if (at <= from[0]) return to[0];
  let low = 0;
  let high = from.length - 1;
  if (at >= from[high]) return to[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (from[middle] <= at) low = middle;
    else high = middle;
  }
  return to[low] + ((at - from[low]) / (from[high] - from[low])) * (to[high] - to[low]);
}

/**
 * Lowest, highest and last of the numbers in a curve.
 * @param {(number | null)[]} values
 */
export function extremes(values) {
  let [min, max] = [Infinity, -Infinity];
  let last = null;
  for (const value of values) {
    if (value === null) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    last = value;
  }
  return last === null ? null : { min, max, last };
}
