// The address of the page of relations for what the run table shows.
import { nameOf, spellList } from "./api.js";

/** What of the table's address means nothing there. */
const TABLE_ONLY = /^(sort|sel|group|cols|pin|w\..*|stats|vs|vs\.a|vs\.b|columns|differs)$/;

/** @param {string} root @param {string[]} [ids] the runs; all that the table shows if left out */
export function relationsAddress(root, ids = []) {
  const kept = location.search.slice(1).split("&").filter((part) => part && !TABLE_ONLY.test(nameOf(part)));
  const parts = ids.length ? [...kept, `runs=${spellList(ids)}`] : kept;
  return `${root}relations${parts.length ? `?${parts.join("&")}` : ""}`;
}
