/** Orders of more parameters than this are not all tried: 5 have 120, 6 have 720. */
const mostPermuted = 5;

export interface QueryVariant {
  readonly words: string;
  readonly query: string | undefined;
}

/** What may have become of a query on its way: another order, another escaping, or left out. */
export function queryVariants(query: string | undefined): readonly QueryVariant[] {
  if (query === undefined) return [];
  const pieces = query.split('&');
  const orders = [
    [...pieces].sort(),
    [...pieces].reverse(),
    ...(pieces.length <= mostPermuted ? permutations(pieces) : []),
  ];
  const variants: QueryVariant[] = [
    { words: 'no query', query: undefined },
    ...orders.map((order) => ({ words: 'its query in another order', query: order.join('&') })),
    { words: 'blanks of the query as %20', query: query.replaceAll('+', '%20') },
    { words: 'blanks of the query as +', query: query.replaceAll('%20', '+') },
    { words: 'its query not escaped', query: decoded(query) },
    { words: 'its query escaped', query: encodeURI(query) },
  ];
  const seen = new Set<string | undefined>([query]);
  return variants.filter((variant) => !seen.has(variant.query) && seen.add(variant.query));
}

function decoded(query: string): string {
  try {
    return decodeURIComponent(query);
  } catch {
    return query; // A stray percent sign: then it was not escaped.
  }
}

function permutations(pieces: readonly string[]): readonly (readonly string[])[] {
  if (pieces.length < 2) return [pieces];
  return pieces.flatMap((piece, index) => permutations(pieces.toSpliced(index, 1)).map((rest) => [piece, ...rest]));
}
