// The server's sentences in the language of the page. The server says each in English, with its kind
// and its values beside it; the Chinese texts are loaded once one is to be said.
import { language } from "./i18n.js";

/** @typedef {{kind: string, values: Record<string, string | number | Inner>}} Parts what a sentence is made of */
/** @typedef {{text: string} & Partial<Parts>} Inner a sentence inside another one */

/** What a sentence is called in an answer that has its parts beside it. */
const NAMES = ["error", "problem", "note"];

/**
 * Says the sentences of an answer in the language of the page.
 * @template {Record<string, any>} Answer
 * @param {Answer} answer whose `sentence` stands beside its error, problem or note, or `sentences` beside its problems
 * @returns {Promise<Answer>} the same, changed
 */
export async function inWords(answer) {
  const { sentence, sentences = {} } = answer;
  const inside = Object.keys(sentences).filter((key) => sentences[key]);
  if (language !== "zh" || !(sentence || inside.length)) return answer;
  const texts = await import("./chinese.js").catch(() => null);
  if (!texts) return answer; // the server went meanwhile: English is better than nothing
  const told = /** @type {Record<string, any>} */ (answer);
  for (const name of NAMES) if (sentence && typeof told[name] === "string") told[name] = texts.chinese(told[name], sentence);
  for (const key of inside) told.problems[key] = texts.chinese(told.problems[key], sentences[key]);
  return answer;
}
