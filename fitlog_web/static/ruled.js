// Which runs the rules of the project find now, for the marks behind their ids.

/** @type {Map<string, string[]>} the rules, by the run's id */
let found = new Map();

/** @param {string} id @returns {string[]} the rules that find a run */
export function rulesOf(id) {
  return found.get(id) ?? [];
}

/**
 * Takes up what the rules find.
 * @param {{id: string, rule: string}[]} alerts
 * @returns {string[]} the runs whose marks are others than before
 */
export function keepRuled(alerts) {
  const before = found;
  found = new Map();
  for (const { id, rule } of alerts) found.set(id, [...rulesOf(id), rule]);
  return [...new Set([...before.keys(), ...found.keys()])].filter((id) => String(before.get(id)) !== String(found.get(id)));
}
