import type { AskedWork, ConnectionEvent, ConnectionRow } from '@trunkline/connections';
import type { KeyUse } from '@trunkline/vault';

import { printable, type Style } from '../render/style.ts';
import { renderPairs, renderTable } from '../render/table.ts';

/** What a person can do about each reason. */
const fixes: Readonly<Record<NonNullable<ConnectionRow['reason']>, string>> = {
  credentials_refused: 'the provider refuses the credentials: put good ones where the sources file says they are',
  permission_missing: 'the credentials lack a right: give it to them at the provider',
  account_mismatch: 'the credentials are of another account than the sources file names: correct one of the two',
  unreachable: 'the provider does not answer; it is asked again',
  secret_missing: 'a secret is missing: trunkline config check names it',
  secret_unreadable: 'what is sealed does not open: give the secret again, or the key it was sealed with',
};

export function renderConnections(connections: readonly ConnectionRow[], style: Style): string {
  if (connections.length === 0) return 'there is no connection: docs/how-to/connect-providers.md';
  return renderTable(
    [
      { title: 'CONNECTION', value: ({ id }) => id },
      { title: 'TENANT', value: ({ tenantId }) => tenantId },
      { title: 'PROVIDER', value: ({ provider }) => provider },
      { title: 'ACCOUNT', value: ({ account = '' }) => account },
      { title: 'STATE', value: ({ state }) => state, paint: (cell, { state }) => painted(cell, state, style) },
      { title: 'REASON', value: ({ reason = '' }) => reason },
      { title: 'CHECKED', value: ({ checkedAt }) => checkedAt?.toISOString() ?? 'never' },
    ],
    connections,
    style,
  );
}

export interface ShownConnection {
  readonly connection: ConnectionRow;
  readonly events?: readonly ConnectionEvent[];
  /** Of each service that calls providers and answers. */
  readonly calls?: readonly {
    readonly service: string;
    readonly ratesShared: boolean;
    /** While its breaker is open. */
    readonly openUntil: string | undefined;
  }[];
}

export function renderConnection({ connection, events = [], calls = [] }: ShownConnection, style: Style): string {
  const { id, tenantId, provider, auth, account, state, reason, since, isConfigured, generation, sealedAt } =
    connection;
  const pairs = renderPairs(
    [
      ['connection', id],
      ['tenant', tenantId],
      ['provider', `${provider} (${auth})`],
      ['account', account === undefined ? undefined : printable(account)],
      ['state', painted(state, state, style)],
      ['reason', reason === undefined ? undefined : `${reason}: ${fixes[reason]}`],
      ['since', since.toISOString()],
      ['in the file', isConfigured ? undefined : 'no: it stands still until it is there again'],
      ['credentials', generation === 0 ? 'none' : `number ${generation}, sealed ${sealedAt?.toISOString() ?? ''}`],
      ['checked', connection.checkedAt?.toISOString() ?? 'never'],
      ['next check', connection.nextCheckAt?.toISOString()],
      ['rates', ratesText(connection.rates)],
      ...calls.map((of) => [`breaker (${of.service})`, breakerText(of, style)] as const),
    ],
    style,
  );
  if (events.length === 0) return pairs;
  const history = renderTable(
    [
      { title: 'WHEN', value: ({ at }) => at.toISOString() },
      { title: 'WHO', value: ({ who }) => who },
      { title: 'WHAT', value: ({ what }) => what },
      { title: 'WHY', value: ({ reason: why = '' }) => why },
    ],
    events,
    style,
  );
  return `${pairs}\n\n${history}`;
}

export function renderKeys(keys: readonly KeyUse[], rotation: AskedWork, style: Style): string {
  const table = renderTable(
    [
      { title: 'KEY', value: ({ name = 'not in the list' }) => name },
      { title: 'ID', value: ({ kekId }) => kekId },
      { title: 'CONNECTIONS', value: ({ rows }) => String(rows), align: 'right' },
      { title: 'USE', value: useOf },
    ],
    keys,
    style,
  );
  return rotation.isDone ? table : `${table}\n\na rotation is asked for and not done: ${rotation.progress} keys so far`;
}

export function useOf({ name, rows, isCurrent }: KeyUse): string {
  if (name === undefined) return 'missing: add it to the end of TRUNKLINE_VAULT_KEYS';
  if (isCurrent) return 'seals';
  return rows === 0 ? 'none: it may leave the list' : 'opens: trunkline vault rotate';
}

function breakerText({ openUntil, ratesShared }: NonNullable<ShownConnection['calls']>[number], style: Style): string {
  const breaker = openUntil === undefined ? 'closed' : style.bad(`open until ${openUntil}`);
  return ratesShared ? breaker : `${breaker}; rates are not shared: each process keeps to its part`;
}

function ratesText(rates: ConnectionRow['rates']): string | undefined {
  const words = Object.entries(rates).map(([key, { count, periodMs }]) => `${key} ${count} per ${periodMs / 1_000} s`);
  return words.length === 0 ? undefined : words.join(', ');
}

function painted(cell: string, state: ConnectionRow['state'], style: Style): string {
  if (state === 'active') return style.good(cell);
  return state === 'pending' || state === 'paused' ? style.warn(cell) : style.bad(cell);
}
