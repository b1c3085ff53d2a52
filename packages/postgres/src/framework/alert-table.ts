import { identifier } from '../identifiers.ts';

/**
 * What operators have been told is wrong, and is so still, by its natural key: gone from here with the trouble itself, so
 * that the same trouble is told once, and again when it is back. `since` tells one time from the next in ids.
 */
export function alertTableSql(schema: string): string {
  return `CREATE TABLE ${identifier(schema)}.alert (
  template text NOT NULL,
  subject  text NOT NULL,
  since    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (template, subject)
);
`;
}
