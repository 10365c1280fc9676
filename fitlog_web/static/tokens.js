// Python's words in colours: strings, comments, keywords and numbers, each a piece of text.

const KEYWORDS =
  "False|None|True|and|as|assert|async|await|break|case|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|match|nonlocal|not|or|pass|raise|return|try|while|with|yield";
const TOKEN = new RegExp(
  [
    /(?<string>\b[rbfuRBFU]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/.source.replace("\\b", "(?<![\\w])"),
    /(?<comment>#[^\n]*)/.source,
    `(?<keyword>\\b(?:${KEYWORDS})\\b)`,
    /(?<number>\b(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?)j?\b)/.source,
  ].join("|"),
  "g",
);

/** Longer texts are left in one colour. */
const LONGEST = 200_000;

/**
 * @param {string} text Python source
 * @returns {[string, string][]} pieces, each with its kind, which is empty for the rest
 */
export function tokens(text) {
  if (text.length > LONGEST) return [["", text]];
  /** @type {[string, string][]} */
  const pieces = [];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    const kind = Object.entries(found.groups ?? {}).find(([, value]) => value !== undefined)?.[0] ?? "";
    if (found.index > at) pieces.push(["", text.slice(at, found.index)]);
    pieces.push([kind, found[0]]);
    at = found.index + found[0].length;
  }
  if (at < text.length) pieces.push(["", text.slice(at)]);
  return pieces;
}
