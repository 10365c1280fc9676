// What both charts of relations draw on: two canvases, of which the upper one follows the pointer.
import { element } from "./dom.js";

/** How long a slice of drawing may take, in milliseconds: the page answers between two of them. */
const SLICE = 10;
/** How many runs are drawn between two looks at the clock. */
const AT_ONCE = 64;

/**
 * @typedef {object} Scene what is drawn
 * @property {string[]} ids
 * @property {Uint8Array} chosen 1 for each run that passes the brushes
 * @property {import("./relation_colours.js").Colours} colours
 */

/** Two canvases over each other, as wide as their place. */
export class Layers {
  /** @param {string} label what the drawing shows */
  constructor(label) {
    this.below = element("canvas", { role: "img", "aria-label": label });
    this.over = element("canvas", { "aria-hidden": "true", class: "rel-over" });
    this.host = element("div", { class: "rel-canvas" }, this.below, this.over);
    this.width = 0;
    this.height = 0;
    this.turn = 0;
    /** @type {Promise<void>} resolves when all runs are drawn */
    this.done = Promise.resolve();
  }

  /** @param {number} width @param {number} height in CSS pixels */
  resize(width, height) {
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    for (const canvas of [this.below, this.over]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
  }

  /** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D} cleared, in CSS pixels */
  clear(canvas) {
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    return context;
  }

  /**
   * Draws runs slice by slice, those left out first; the first slice at once, so that a picture of
   * some of them is there while the others come.
   * @param {Scene} scene
   * @param {(context: CanvasRenderingContext2D, index: number) => void} draw adds a run to the path
   * @param {(context: CanvasRenderingContext2D, chosen: boolean) => void} ink puts the path down
   * @param {string} dim the colour of those that are left out
   */
  paint(scene, draw, ink, dim) {
    const context = this.clear(this.below);
    const turn = ++this.turn;
    const order = orderOf(scene);
    let at = 0;
    const slice = (/** @type {() => void} */ finished) => {
      if (turn !== this.turn) return finished();
      const until = performance.now() + SLICE;
      while (at < order.length && performance.now() < until) {
        for (const end = Math.min(order.length, at + AT_ONCE); at < end; ) at = this.run(context, scene, order, at, end, draw, ink, dim);
      }
      if (at >= order.length) return finished();
      requestAnimationFrame(() => slice(finished));
    };
    this.done = new Promise((resolve) => slice(resolve));
  }

  /**
   * Draws those that follow each other and have the same colour.
   * @param {CanvasRenderingContext2D} context @param {Scene} scene @param {Uint32Array} order @param {number} at @param {number} end
   * @param {(context: CanvasRenderingContext2D, index: number) => void} draw
   * @param {(context: CanvasRenderingContext2D, chosen: boolean) => void} ink
   * @param {string} dim
   */
  run(context, { chosen, colours }, order, at, end, draw, ink, dim) {
    const [isChosen, bucket] = [chosen[order[at]], colours.of[order[at]]];
    context.strokeStyle = context.fillStyle = isChosen ? colours.styles[bucket] : dim;
    context.beginPath();
    while (at < end && chosen[order[at]] === isChosen && (!isChosen || colours.of[order[at]] === bucket)) draw(context, order[at++]);
    ink(context, isChosen === 1);
    return at;
  }
}

/**
 * The runs in the order that they are drawn in: what is left out lies below. Within each, runs of a
 * piece of the whole stand together by colour, and the pieces are spread over all runs.
 * @param {Scene} scene
 */
function orderOf({ ids, chosen, colours }) {
  const pieces = Math.max(1, Math.ceil(ids.length / 1000));
  const sortOf = (/** @type {number} */ at) => chosen[at] * 1e6 + (at % pieces) * 1e3 + colours.of[at];
  const keys = Float64Array.from(ids, (_, at) => sortOf(at) * 2 ** 20 + at);
  keys.sort();
  return Uint32Array.from(keys, (key) => key % 2 ** 20);
}
