import { alertTableSql } from './alert-table.ts';
import { inboxOfRequestsSql, inboxTableSql } from './inbox-table.ts';
import { noticeTableSql } from './notice-table.ts';
import { outboxHeadersAsTextSql, outboxTableSql } from './outbox-table.ts';
import { parkedTablesSql } from './parked-tables.ts';

/** One change of the tables that the framework keeps in every service's schema. */
export interface FrameworkMigration {
  /** `000-…` or `000.<nn>-…`: before every number of a service's own. */
  readonly name: string;
  readonly sql: (schema: string) => string;
}

/** Run in this order before a service's own, in new schemas and in old ones. Append only: what was applied stays as it is. */
export const frameworkMigrations: readonly FrameworkMigration[] = [
  { name: '000-inbox.sql', sql: inboxTableSql },
  { name: '000.01-inbox-of-requests.sql', sql: inboxOfRequestsSql },
  { name: '000.02-outbox.sql', sql: outboxTableSql },
  { name: '000.03-notice.sql', sql: noticeTableSql },
  { name: '000.04-outbox-headers-as-text.sql', sql: outboxHeadersAsTextSql },
  { name: '000.05-parked.sql', sql: parkedTablesSql },
  { name: '000.06-alert.sql', sql: alertTableSql },
];

export function isOfFramework(name: string): boolean {
  return name.startsWith('000');
}
