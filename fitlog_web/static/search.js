// The search box: asks the server, which alone knows the grammar, and shows the fault under the box.
import { ApiError, ask } from "./api.js";
import { byId, element } from "./dom.js";
import { toast } from "./shell.js";
import { t } from "./i18n.js";
import { suggest } from "./completion.js";
import { keepSearch, recentSearches } from "./recent_searches.js";
import { Suggestions } from "./suggestions.js";
import { ofView } from "./view.js";

/** How long typing must rest before the server is asked, in milliseconds. */
const REST = 120;

/**
 * @typedef {object} About what the server tells of a search besides the runs
 * @property {string[]} texts that are looked for in any cell
 * @property {string[]} unknown names that no run has a column for
 * @property {import("./clauses.js").Clause[]} clauses the conditions, if there are several
 */

/** @type {About} */
const NOTHING = { texts: [], unknown: [], clauses: [] };

/** @returns {import("./completion.js").Suggestion[]} the searches made last */
function lastOnes() {
  return recentSearches().map((text) => ({ text, note: "", insert: text, from: 0 }));
}

/** The box above the table. */
export class SearchBox {
  /**
   * @param {(ids: Set<string> | null) => void} found takes the runs that match, null for all
   * @param {() => {columns: import("../frontend/types").Column[], rows: Iterable<import("../frontend/types").Row>}} known
   *   what may be searched for
   */
  constructor(found, known) {
    this.found = found;
    this.input = /** @type {HTMLInputElement} */ (byId("search"));
    /** @type {(text: string, at: number, asked: boolean) => import("./completion.js").Suggestion[]} */
    const offers = (text, at, asked) => (text ? suggest(text, at, known().columns, known().rows) : asked ? lastOnes() : []);
    this.suggestions = new Suggestions(this.input, t("search.suggestions"), offers, () => this.search());
    /** @type {AbortController | null} */
    this.asking = null;
    this.about = NOTHING;
    /** What was typed to its end; another search for the same may come before the answer. */
    this.meant = "";
    let timer = 0;
    this.input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.search(), REST);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.search();
    });
    this.input.addEventListener("change", () => this.keep());
  }

  get query() {
    return this.input.value.trim();
  }

  /** @param {string} text */
  set(text) {
    this.input.value = text;
    return this.search();
  }

  /** Remembers what was typed to its end, once the server has understood it. */
  keep() {
    this.meant = this.query;
    this.search();
  }

  /** Asks for the runs that match what is in the box. */
  async search() {
    this.asking?.abort();
    const query = this.query;
    if (!query) {
      this.fault(null);
      this.about = NOTHING;
      this.found(null);
      return;
    }
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const { ids, ...about } = await ask(`api/search?deleted=1&${ofView()}&q=${encodeURIComponent(query)}`, { signal });
      this.fault(null);
      this.about = about;
      if (query === this.meant) keepSearch(query);
      this.found(new Set(ids));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 400) this.fault(error.body);
      else if (error.status) toast(t("failed", { error: error.message }), { error: true });
    }
  }

  /**
   * Shows what cannot be understood, with a caret under the place; the table stays as it was.
   * @param {Record<string, any> | null} fault
   */
  fault(fault) {
    const box = byId("fault");
    box.hidden = !fault;
    this.input.setAttribute("aria-invalid", String(!!fault));
    if (!fault) return box.replaceChildren();
    box.replaceChildren(String(fault.error));
    if (typeof fault.position !== "number") return;
    const text = String(fault.text ?? this.query);
    // Wide characters take two columns of a fixed font, and so must the space before the caret.
    const before = text.slice(0, fault.position).replace(/[\u2e80-\uffef]/g, "\u3000").replace(/[^\u3000]/g, " ");
    box.append(element("pre", {}, `${text}\n${before}`, element("span", { class: "caret" }, "^")));
  }
}
