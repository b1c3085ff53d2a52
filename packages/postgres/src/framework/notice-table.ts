import { identifier } from '../identifiers.ts';

/**
 * What owners have been asked to be told, by its natural key. Of one subject two events may tell (both halves of a
 * moved booking), and a request's id is made of one event: this table is why there is one notice nevertheless.
 */
export function noticeTableSql(schema: string): string {
  const name = identifier(schema);
  return `CREATE TABLE ${name}.notice (
  tenant_id text NOT NULL,
  template  text NOT NULL,
  subject   text NOT NULL,
  event_id  uuid NOT NULL,
  asked_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, template, subject)
);
SELECT trunkline.isolate_tenants('${name}.notice');
`;
}
