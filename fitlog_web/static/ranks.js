// The ranks of one job, where every rank recorded a run of its own: shown as one row.

/** @typedef {import("../frontend/types").Row} Row */

/**
 * Which rows stand for which: of each job the lowest rank at hand for the others. What lies in the
 * trash or is hidden stands apart from what does not.
 * @param {Row[]} rows the rows at hand
 * @param {(row: Row) => string} [partOf] what else parts them: a rank stands for none of another part
 * @returns {Map<string, Row[]>} by the id of the row that stands for them
 */
export function foldRanks(rows, partOf = () => "") {
  /** @type {Map<string, Row[]>} */
  const jobs = new Map();
  for (const row of rows) {
    if (!row.job) continue;
    const key = `${row.job.id} ${!!row.deleted} ${!!row.hidden} ${partOf(row)}`;
    const ranks = jobs.get(key);
    if (ranks) ranks.push(row);
    else jobs.set(key, [row]);
  }
  /** @type {Map<string, Row[]>} */
  const folds = new Map();
  for (const ranks of jobs.values()) {
    ranks.sort((a, b) => a["meta-rank"] - b["meta-rank"]);
    if (ranks.length > 1) folds.set(ranks[0].id, ranks.slice(1));
  }
  return folds;
}
