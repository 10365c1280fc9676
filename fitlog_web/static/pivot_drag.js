// Columns dragged between the places of a summary table, which shows what would come of it meanwhile.

/** @typedef {import("./pivot_form.js").Chosen} Chosen */
/** @typedef {"rows" | "columns" | "results" | "unused"} Place */
/** @typedef {{key: string, from: Place}} Dragged */
/** @typedef {{place: Place, before: number}} Target before which of its columns, past the last for the end */

const HOVER_MS = 120; // so that crossing a place on the way to another asks for nothing

/**
 * @param {Chosen} chosen
 * @param {Dragged} dragged
 * @param {Target} target
 * @returns {Partial<Chosen> | null} what changes, null where the column cannot go or stays where it is
 */
export function moved(chosen, { key, from }, { place, before }) {
  if (!takes(place, key) || (place === from && (place === "rows" || place === "unused"))) return null;
  const next = taken(chosen, key, from);
  if (place === "rows") return { ...next, ...asRows({ ...chosen, ...next }, key, chosen.horizontals.indexOf(key), from), against: "" };
  if (place === "columns") return { ...next, horizontals: put(chosen.horizontals, chosen.horizontals.indexOf(key), key, before) };
  if (place !== "results") return next;
  const at = chosen.results.indexOf(key);
  return { ...next, results: put(chosen.results, at, key, before), names: put(chosen.names, at, chosen.names[at] ?? key, before) };
}

/** @param {Place} place @param {string} key @returns {boolean} whether a column can stand in a place: one of results has too many values for a heading */
export function takes(place, key) {
  return place === "results" || place === "unused" || !key.startsWith("metric-");
}

/** @param {Chosen} chosen @param {string} key @param {Place} from @returns {Partial<Chosen>} the choices without the column in its old place */
function taken({ horizontals, results, names }, key, from) {
  if (from === "rows") return { vertical: "", against: "" };
  if (from === "columns") return { horizontals: horizontals.filter((other) => other !== key) };
  if (from !== "results") return {};
  const at = results.indexOf(key);
  return { results: results.filter((_, place) => place !== at), names: names.filter((_, place) => place !== at) };
}

/**
 * There is one column of rows: the former one goes where the new one was.
 * @param {Chosen} chosen @param {string} key @param {number} at @param {Place} from
 * @returns {Partial<Chosen>}
 */
function asRows({ vertical, horizontals }, key, at, from) {
  const isSwap = from === "columns" && vertical !== "";
  return { vertical: key, horizontals: isSwap ? horizontals.toSpliced(at, 0, vertical) : horizontals };
}

/**
 * @param {string[]} list
 * @param {number} at where the item stands now, negative for nowhere
 * @param {string} item
 * @param {number} before which place in the list as it is
 */
function put(list, at, item, before) {
  const rest = list.filter((_, place) => place !== at);
  return rest.toSpliced(at >= 0 && at < before ? before - 1 : before, 0, item);
}

/** Follows what is dragged over the choices. */
export class ColumnDrag {
  /**
   * @param {HTMLElement} form holds places, marked `data-place`, and what can be dragged, marked `data-drag`
   * @param {{chosen: () => Chosen, choose: (changes: Partial<Chosen>) => void, preview: (changes: Partial<Chosen> | null) => void}} page
   */
  constructor(form, page) {
    this.form = form;
    this.page = page;
    /** @type {Dragged | null} */
    this.dragged = null;
    this.over = "";
    this.waiting = 0;
    form.addEventListener("dragstart", (event) => this.begin(event));
    // Beside the form, too: there it has been left.
    for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, (event) => this.follow(/** @type {DragEvent} */ (event)));
    form.addEventListener("drop", (event) => this.drop(event));
    form.addEventListener("dragend", () => this.end());
  }

  /** @param {DragEvent} event */
  begin(event) {
    const source = /** @type {Element} */ (event.target).closest?.("[data-drag]");
    if (!(source instanceof HTMLElement) || !event.dataTransfer) return;
    this.dragged = { key: source.dataset.drag ?? "", from: /** @type {Place} */ (source.closest("[data-place]")?.getAttribute("data-place")) };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.dragged.key);
    const chip = source.closest(".chip");
    if (chip) event.dataTransfer.setDragImage(chip, 12, 12);
    for (const place of this.places()) place.classList.add(takes(/** @type {Place} */ (place.dataset.place), this.dragged.key) ? "takes" : "refuses");
  }

  /** @param {DragEvent} event */
  follow(event) {
    const target = this.targetOf(event);
    if (target) event.preventDefault(); // may be dropped here
    this.point(target);
  }

  /** @param {DragEvent} event */
  drop(event) {
    const target = this.targetOf(event);
    const changes = this.dragged && target ? moved(this.page.chosen(), this.dragged, target) : null;
    if (!this.dragged) return;
    event.preventDefault();
    this.forget();
    if (changes) this.page.choose(changes);
    else this.page.preview(null);
  }

  end() {
    if (!this.dragged) return; // it was dropped
    this.forget();
    this.page.preview(null);
  }

  forget() {
    clearTimeout(this.waiting);
    this.dragged = null;
    this.over = "";
    this.unmark();
    for (const place of this.places()) place.classList.remove("takes", "refuses");
  }

  /**
   * Marks where the column would go and shows the table that would come of it.
   * @param {Target | null} target
   */
  point(target) {
    const over = target ? `${target.place} ${target.before}` : "";
    if (!this.dragged || over === this.over) return;
    this.over = over;
    this.unmark();
    const place = this.places().find((each) => each.dataset.place === target?.place);
    place?.classList.add("over");
    if (target) place?.querySelectorAll("[data-at]")[target.before]?.classList.add("before");
    const changes = target ? moved(this.page.chosen(), this.dragged, target) : null;
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => this.page.preview(changes), HOVER_MS);
  }

  /** @param {DragEvent} event @returns {Target | null} */
  targetOf(event) {
    const place = /** @type {Element} */ (event.target).closest?.("[data-place]");
    if (!(place instanceof HTMLElement) || !this.dragged) return null;
    const name = /** @type {Place} */ (place.dataset.place);
    if (!takes(name, this.dragged.key)) return null;
    const chips = [...place.querySelectorAll("[data-at]")].map((chip) => chip.getBoundingClientRect());
    const before = chips.findIndex(({ left, width, bottom }) => event.clientY < bottom && event.clientX < left + width / 2);
    return { place: name, before: before < 0 ? chips.length : before };
  }

  /** @returns {HTMLElement[]} */
  places() {
    return [...this.form.querySelectorAll("[data-place]")].filter((each) => each instanceof HTMLElement);
  }

  unmark() {
    for (const marked of this.form.querySelectorAll(".over, .before")) marked.classList.remove("over", "before");
  }
}
