// The way back of a row that was added by hand.
import { ask } from "./api.js";
import { sayFailed } from "./shell.js";
import { inView } from "./view.js";

/**
 * Takes an added row away again, as if it had never been there.
 * @param {string} id
 * @param {() => unknown} removed it is gone
 */
export async function takeAway(id, removed) {
  try {
    await ask("api/trash", { method: "POST", body: inView({ ids: [id] }) });
    await ask("api/erase", { method: "POST", body: inView({ ids: [id] }) });
    await removed();
  } catch (error) {
    sayFailed(error);
  }
}
