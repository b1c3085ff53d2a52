import { formatTime } from '@trunkline/operations';

import type { Style } from '../render/style.ts';
import { type Column, renderTable } from '../render/table.ts';
import { type Balances, ledgerAccounts } from './balances.ts';
import type { CurrencyTotal, Difference, LedgerCheck } from './check.ts';
import { type ObjectKey, objectText } from './object.ts';
import type { ShownFact, ShownObject, ShownPosting } from './show.ts';

/** A row per account and currency. */
export function renderBalances(rows: readonly Balances[], style: Style): string {
  // Most installations never adjust, and a provider may tell no fee: what is nowhere is no column.
  const used = ledgerAccounts.filter(
    (name) => name === 'balance' || rows.some(({ amounts }) => (amounts[name] ?? '0') !== '0'),
  );
  return renderTable<Balances>(
    [
      ...accountColumns,
      { title: 'currency', value: ({ currency }) => currency },
      ...used.map((name): Column<Balances> => ({
        title: name,
        align: 'right',
        value: ({ amounts }) => amounts[name] ?? '0',
      })),
    ],
    rows,
    style,
  );
}

export function renderCheck(check: LedgerCheck, style: Style): string {
  const { objects, differences, differenceCount, totals, contradictions, contradictionCount } = check;
  const isSound = differenceCount === 0 && contradictionCount === 0;
  if (isSound)
    return style.good(`${objects} objects: what is posted is what their facts come to, and no two facts disagree`);
  const parts: string[] = [];
  if (differenceCount > 0) {
    parts.push(
      style.bad(`${differenceCount} postings are not what the facts come to${shownOf(differences, differenceCount)}:`),
      renderTable<Difference>(differenceColumns, differences, style),
      renderTable<CurrencyTotal>(totalColumns, totals, style),
    );
  }
  if (contradictionCount > 0) {
    parts.push(
      style.warn(
        `${contradictionCount} objects were told with different amounts; the newest counts${shownOf(contradictions, contradictionCount)}:`,
      ),
      renderTable<ObjectKey>([...accountColumns, objectColumn], contradictions, style),
    );
  }
  return parts.join('\n\n');
}

export function renderObject(object: ShownObject, style: Style): string {
  const { tenant, provider, account, contradicted, facts, postings } = object;
  const head = `${style.strong(objectText(object))}  ${style.faint(`${tenant}  ${provider}  ${account}`)}`;
  return [
    contradicted ? `${head}  ${style.warn('told with different amounts')}` : head,
    renderTable<ShownFact>(factColumns, facts, style),
    postings.length === 0
      ? style.faint('nothing is posted: these facts move no money by themselves')
      : renderTable<ShownPosting>(postingColumns, postings, style),
  ].join('\n\n');
}

type AccountKey = Pick<ObjectKey, 'tenant' | 'provider' | 'account'>;

const accountColumns: readonly Column<AccountKey>[] = [
  { title: 'tenant', value: ({ tenant }) => tenant },
  { title: 'provider', value: ({ provider }) => provider },
  { title: 'account', value: ({ account }) => account },
];
const objectColumn: Column<ObjectKey> = { title: 'object', value: objectText };

const differenceColumns: readonly Column<Difference>[] = [
  ...accountColumns,
  objectColumn,
  { title: 'posting', value: ({ posting }) => posting },
  { title: 'currency', value: ({ currency }) => currency },
  { title: 'due', align: 'right', value: ({ due }) => due },
  { title: 'posted', align: 'right', value: ({ posted }) => posted ?? 'nothing' },
];

const totalColumns: readonly Column<CurrencyTotal>[] = [
  { title: 'of these in', value: ({ currency }) => currency },
  { title: 'objects', align: 'right', value: ({ objects }) => String(objects) },
  { title: 'due', align: 'right', value: ({ due }) => due },
  { title: 'posted', align: 'right', value: ({ posted }) => posted },
];

const factColumns: readonly Column<ShownFact>[] = [
  { title: 'fact', value: ({ fact }) => fact.split('@', 1)[0] ?? '' },
  { title: 'amount', align: 'right', value: ({ amount }) => amount ?? '' },
  { title: 'currency', value: ({ currency }) => currency ?? '' },
  { title: 'occurred', value: ({ occurredAt }) => formatTime(occurredAt.getTime()) },
  { title: 'told by', value: ({ eventId }) => eventId },
];

const postingColumns: readonly Column<ShownPosting>[] = [
  // Behind the @ is the version that changed what was posted: 75 characters, which --json has.
  { title: 'posting', value: ({ posting }) => posting.replace(/@.*/, '@…') },
  { title: 'debit', value: ({ debit }) => debit },
  { title: 'credit', value: ({ credit }) => credit },
  { title: 'amount', align: 'right', value: ({ amount }) => amount },
  { title: 'currency', value: ({ currency }) => currency },
  { title: 'effective', value: ({ effectiveAt }) => formatTime(effectiveAt.getTime()) },
  { title: 'because of', value: ({ eventId }) => eventId },
];

function shownOf(shown: readonly unknown[], count: number): string {
  return shown.length < count ? ` (the first ${shown.length} are shown)` : '';
}
