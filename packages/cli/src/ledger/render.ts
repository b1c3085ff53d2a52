import { formatTime } from '@trunkline/operations/units';

import { type NarrowColumn, renderNarrowTable } from '../render/narrow-table.ts';
import { printable, type Style, widthOf } from '../render/style.ts';
import { type Column, renderPairs, renderTable } from '../render/table.ts';
import { type Balances, ledgerAccounts } from './balances.ts';
import type { CurrencyTotal, Difference, LedgerCheck } from './check.ts';
import { type ObjectKey, objectText } from './object.ts';
import type { ShownFact, ShownObject, ShownPosting } from './show.ts';

interface Room {
  readonly style: Style;
  readonly width: number;
}

/** A row per account and currency; a block of lines each where such rows would break. */
export function renderBalances(rows: readonly Balances[], { style, width }: Room): string {
  // Most installations never adjust, and a provider may tell no fee: what is nowhere is no column.
  const used = ledgerAccounts.filter(
    (name) => name === 'balance' || rows.some(({ amounts }) => (amounts[name] ?? '0') !== '0'),
  );
  const table = renderTable<Balances>(
    [
      ...accountColumns,
      { title: 'CURRENCY', value: ({ currency }) => currency },
      ...used.map((name): Column<Balances> => ({
        title: name.toUpperCase(),
        align: 'right',
        value: ({ amounts }) => amounts[name] ?? '0',
      })),
    ],
    rows,
    style,
  );
  if (table.split('\n').every((line) => widthOf(line) <= width)) return table;
  return rows
    .map(({ tenant, provider, account, currency, amounts }) => {
      const digits = Math.max(...used.map((name) => (amounts[name] ?? '0').length));
      return [
        `${style.strong(printable(account))}  ${printable(currency)}  ${style.faint(printable(`${tenant}  ${provider}`))}`,
        renderPairs(
          used.map((name) => [`  ${name}`, (amounts[name] ?? '0').padStart(digits)]),
          style,
        ),
      ].join('\n');
    })
    .join('\n\n');
}

export function renderCheck(check: LedgerCheck, room: Room): string {
  const { style } = room;
  const { objects, differences, differenceCount, totals, contradictions, contradictionCount } = check;
  const isSound = differenceCount === 0 && contradictionCount === 0;
  if (isSound)
    return style.good(`${objects} objects: what is posted is what their facts come to, and no two facts disagree`);
  const parts: string[] = [];
  if (differenceCount > 0) {
    parts.push(
      style.bad(`${differenceCount} postings are not what the facts come to${shownOf(differences, differenceCount)}:`),
      renderNarrowTable<Difference>(differenceColumns, differences, room),
      renderTable<CurrencyTotal>(totalColumns, totals, style),
    );
  }
  if (contradictionCount > 0) {
    parts.push(
      style.warn(
        `${contradictionCount} objects were told with different amounts; the newest counts${shownOf(contradictions, contradictionCount)}:`,
      ),
      renderNarrowTable<ObjectKey>([...accountColumns, objectColumn], contradictions, room),
    );
  }
  return parts.join('\n\n');
}

export function renderObject(object: ShownObject, room: Room): string {
  const { style } = room;
  const { tenant, provider, account, contradicted, facts, postings } = object;
  const head = `${style.strong(objectText(object))}  ${style.faint(`${tenant}  ${provider}  ${account}`)}`;
  return [
    contradicted ? `${head}  ${style.warn('told with different amounts')}` : head,
    renderNarrowTable<ShownFact>(factColumns, facts, room),
    postings.length === 0
      ? style.faint('nothing is posted: these facts move no money by themselves')
      : renderNarrowTable<ShownPosting>(postingColumns, postings, room),
  ].join('\n\n');
}

type AccountKey = Pick<ObjectKey, 'tenant' | 'provider' | 'account'>;

const accountColumns: readonly NarrowColumn<AccountKey>[] = [
  { title: 'TENANT', value: ({ tenant }) => tenant, dropRank: 2 },
  { title: 'PROVIDER', value: ({ provider }) => provider, dropRank: 3 },
  { title: 'ACCOUNT', value: ({ account }) => account, dropRank: 1 },
];
const objectColumn: Column<ObjectKey> = { title: 'OBJECT', value: objectText };

const differenceColumns: readonly NarrowColumn<Difference>[] = [
  ...accountColumns,
  objectColumn,
  { title: 'POSTING', value: ({ posting }) => posting, least: 12 },
  { title: 'CURRENCY', value: ({ currency }) => currency },
  { title: 'DUE', align: 'right', value: ({ due }) => due },
  { title: 'POSTED', align: 'right', value: ({ posted }) => posted ?? 'nothing' },
];

const totalColumns: readonly Column<CurrencyTotal>[] = [
  { title: 'OF THESE IN', value: ({ currency }) => currency },
  { title: 'OBJECTS', align: 'right', value: ({ objects }) => String(objects) },
  { title: 'DUE', align: 'right', value: ({ due }) => due },
  { title: 'POSTED', align: 'right', value: ({ posted }) => posted },
];

const factColumns: readonly NarrowColumn<ShownFact>[] = [
  { title: 'FACT', value: ({ fact }) => fact.split('@', 1)[0] ?? '' },
  { title: 'AMOUNT', align: 'right', value: ({ amount }) => amount ?? '' },
  { title: 'CURRENCY', value: ({ currency }) => currency ?? '' },
  { title: 'OCCURRED', value: ({ occurredAt }) => formatTime(occurredAt.getTime()), dropRank: 1 },
  { title: 'TOLD BY', value: ({ eventId }) => eventId },
];

const postingColumns: readonly NarrowColumn<ShownPosting>[] = [
  // Behind the @ is the version that changed what was posted: 75 characters, which --json has.
  { title: 'POSTING', value: ({ posting }) => posting.replace(/@.*/, '@…') },
  { title: 'DEBIT', value: ({ debit }) => debit },
  { title: 'CREDIT', value: ({ credit }) => credit },
  { title: 'AMOUNT', align: 'right', value: ({ amount }) => amount },
  { title: 'CURRENCY', value: ({ currency }) => currency },
  { title: 'EFFECTIVE', value: ({ effectiveAt }) => formatTime(effectiveAt.getTime()), dropRank: 1 },
  // The facts above name the events, too.
  { title: 'BECAUSE OF', value: ({ eventId }) => eventId, dropRank: 2 },
];

function shownOf(shown: readonly unknown[], count: number): string {
  return shown.length < count ? ` (the first ${shown.length} are shown)` : '';
}
