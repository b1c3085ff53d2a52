/** Comparing costs the square of a word's length, and a list of more than this helps nobody. */
const maxKnown = 200;
const maxListed = 20;

/** The known word that was probably meant, if one is close enough to say so. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  // Longer than any word of ours: no slip of the finger, and the distance would cost its square.
  if (given.length > 100 || known.length > maxKnown) return undefined;
  const wanted = given.toLowerCase();
  const ranked = known
    .map((word) => ({ word, distance: distanceOf(wanted, word.toLowerCase()) }))
    .filter(({ word, distance }) => distance <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.word;
}

/** `did you mean "stripe"?`, or what there is to choose from. */
export function suggestion(given: string, known: readonly string[]): string {
  const meant = nearest(given, known);
  const rest = known.length > maxListed ? `, and ${known.length - maxListed} more` : '';
  const all = known.length === 0 ? 'there is none' : `there is: ${known.slice(0, maxListed).join(', ')}${rest}`;
  return meant === undefined ? all : `did you mean "${meant}"?`;
}

/** How many characters are to be added, removed, changed or swapped with their neighbour (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cell = (back: number, column: number): number => (back === 0 ? row : rows[i - back])?.[column] ?? Infinity;
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          cell(1, j) + 1,
          cell(0, j - 1) + 1,
          cell(1, j - 1) + (same ? 0 : 1),
          swapped ? cell(2, j - 2) + 1 : Infinity,
        ),
      );
    }
    rows.push(row);
  }
  return rows.at(-1)?.at(-1) ?? Infinity;
}
