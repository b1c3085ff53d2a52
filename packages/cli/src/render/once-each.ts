/** A row, and how many of a list are alike to it. */
export interface OnceEach<Row> {
  readonly row: Row;
  readonly times: number;
}

/** Each row once, where its first stands, with how often it is there: a webhook that came fifty times is one event. */
export function onceEach<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly OnceEach<Row>[] {
  const alike = Map.groupBy(rows, keyOf);
  return [...alike.values()].flatMap(([row, ...others]) =>
    row === undefined ? [] : [{ row, times: 1 + others.length }],
  );
}

/** Empty for what is there once. */
export function timesText({ times }: Pick<OnceEach<unknown>, 'times'>): string {
  return times === 1 ? '' : `${times} ×`;
}
