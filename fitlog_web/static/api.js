// Questions to the board's own server, below whatever path it is served from.
import { t } from "./i18n.js";
import { released } from "./pressed.js";
import { inWords } from "./sentences.js";

/** The path the board is served under, with a slash at its end. */
export const root = new URL(document.documentElement.dataset.root || "/", location.href).pathname;

/** An answer that is not a success; `body` is the server's JSON if it sent any. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 where the server did not answer at all
   * @param {Record<string, any>} body
   */
  constructor(status, body) {
    super(typeof body.error === "string" ? body.error : `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** @typedef {{method?: string, body?: unknown, signal?: AbortSignal, headers?: Record<string, string>}} Request */

/**
 * @param {string} path below the root, such as `api/runs`
 * @param {Request} [request]
 * @returns {Promise<any>} the answer's JSON
 */
export async function ask(path, request = {}) {
  const response = await success(path, request);
  return inWords(await response.json().catch(() => ({})));
}

/**
 * @param {string} path
 * @param {Request} [request]
 * @returns {Promise<string>} the answer's text
 */
export async function askText(path, request = {}) {
  return (await success(path, request)).text();
}

/**
 * @param {string} path
 * @param {number} most bytes, from the first on
 * @returns {Promise<{text: string, kind: string}>} the beginning of an answer, and of what kind it is
 */
export async function askPart(path, most) {
  const response = await success(path, { headers: { Range: `bytes=0-${most - 1}` } });
  return { text: await response.text(), kind: response.headers.get("Content-Type") ?? "" };
}

/**
 * @param {string} path
 * @param {Request} request
 * @returns {Promise<Response>} an answer that is a success
 */
async function success(path, { method = "GET", body, signal, headers = {} }) {
  const response = await answer(path, {
    method,
    signal,
    headers: body === undefined ? headers : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  // What it brings may change what is being clicked just now.
  await released();
  signal?.throwIfAborted();
  if (response.ok) return response;
  throw new ApiError(response.status, await inWords(await response.json().catch(() => ({}))));
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Response>}
 */
async function answer(path, init) {
  try {
    return await fetch(root + path, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, { error: t("server.none") });
  }
}

/**
 * @param {string} id
 * @returns {string} the address of a run's page
 */
export function runAddress(id) {
  return `${root}run/${encodeURIComponent(id)}`;
}

/**
 * @param {string[]} ids
 * @returns {string} the address of the comparison
 */
export function compareAddress(ids) {
  return `${root}compare?runs=${spellList(ids)}`;
}

/**
 * A list as an address holds it: bare commas between the items, `%2C` inside one.
 * @param {string[]} items
 */
export function spellList(items) {
  return items.map(spell).join(",");
}

/**
 * A text as an address holds it. What of a file's name is no text, and no address can hold, is replaced.
 * @param {string} text
 */
export function spell(text) {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, "\ufffd"));
}

/**
 * @param {string} name of a parameter of this page's address
 * @returns {string[]} the items of its list, each once
 */
export function readList(name) {
  const parts = location.search.slice(1).split("&").filter((part) => part.startsWith(`${name}=`));
  const items = parts.flatMap((part) => part.slice(name.length + 1).split(","));
  return [...new Set(items.filter(Boolean).map(decoded))];
}

/**
 * @param {string} text a piece of an address
 * @returns {string} what it says; as it stands where somebody mangled it
 */
export function decoded(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return text;
  }
}

/** @param {string} part of an address, `name=value` @returns {string} what it sets, however that is spelled */
export function nameOf(part) {
  return decoded(part.split("=")[0]);
}

/**
 * Changes parameters of this page's address in place; the others stay as they are spelled.
 * @param {Record<string, string>} changes what to put, already spelled; empty to take it out
 */
export function changeAddress(changes) {
  const changed = new Set(Object.keys(changes).map(decoded));
  const kept = location.search.slice(1).split("&").filter((part) => part && !changed.has(nameOf(part)));
  const put = Object.entries(changes).filter(([, value]) => value).map(([name, value]) => `${name}=${value}`);
  const query = [...kept, ...put].join("&");
  const search = query ? `?${query}` : "";
  if (search !== location.search) history.replaceState(null, "", `${location.pathname}${search}${location.hash}`);
}
