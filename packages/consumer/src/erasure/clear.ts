import type { AddressBook } from '@trunkline/addresses';
import {
  clearFollowers,
  type ClearList,
  clearListed,
  clearPersonal,
  type EntityKey,
  takeErasureTurn,
  type Transaction,
} from '@trunkline/postgres';

import type { PersonalTable } from './personal.ts';

export interface Clearing {
  readonly table: PersonalTable;
  /** All tables of the service. */
  readonly personal: readonly PersonalTable[];
  readonly book: AddressBook;
}

/** Clears what the table, and what follows its entities, keeps of people whose addresses are erased. */
export async function clearTable(
  tx: Transaction,
  { table, personal, book }: Clearing,
  keys: readonly EntityKey[],
): Promise<void> {
  if (table.follower !== undefined) {
    await clearFollowers(tx, table.follower, { keys, of: 'followers' });
    return;
  }
  const cleared = await clearPersonal(tx, table.columns, keys);
  if (table.list !== undefined) {
    const { column } = table.list;
    await clearListed(tx, { table: table.columns.table, column }, { keys: cleared, clear: clearEmails(book) });
  }
  const news = cleared.filter(({ isNews }) => isNews);
  const followers = personal.flatMap(({ follower }) =>
    follower?.follows.table === table.columns.table ? [follower] : [],
  );
  if (news.length === 0 || followers.length === 0) return;
  // An erasure that was written while this turn was waited for: those at work may have written what follows.
  await takeErasureTurn(tx, news, { alone: true });
  for (const follower of followers) await clearFollowers(tx, follower, { keys: news, of: 'followed' });
}

function clearEmails(book: AddressBook): ClearList {
  return (items: readonly { readonly email?: string | null }[], { tenantId, digests }) =>
    items.map((item) => {
      const [address] = book.email(tenantId, item.email ?? null);
      return address !== undefined && digests.has(address.digest) ? { ...item, email: null } : item;
    });
}
