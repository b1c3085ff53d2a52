/** Canonical JSON: members sorted, so that a request asked again has the same bytes. */
export function parametersText(parameters: Readonly<Record<string, string | number | null>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
