import { randomUUID } from 'node:crypto';

import {
  type ClientDefinition,
  clientNamed,
  type Executor,
  type OperationOutcome,
  smtpCredentials,
  type SmtpSender,
} from '@trunkline/clients';
import {
  appendEvent,
  type CheckResult,
  connectionLimits,
  finishWork,
  nextCheckInMs,
  type OpenedConnection,
  openConnection,
  shredCredentials,
  type Standing,
  standingAfter,
  type Work,
  workTable,
} from '@trunkline/connections';
import { classify } from '@trunkline/core';
import { type Database, renewLease, type Transaction } from '@trunkline/postgres';
import type { Vault } from '@trunkline/vault';

export interface CheckOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly executor: Executor;
  /** Mail servers are asked by it. */
  readonly mail: Pick<SmtpSender, 'logIn'>;
  readonly signal?: AbortSignal;
}

/** What there is to check of a connection: `unreadable` where its credentials do not open. */
type Found = OpenedConnection | 'unreadable' | 'gone';

/**
 * Attends to one connection: shreds a revoked one, leaves a paused one alone, and asks the provider of every other whose its
 * credentials are. What it writes it writes under its lease, and of a check only where the credentials are still the same.
 */
export async function checkConnection(
  work: Work & { readonly of: { readonly id: string; readonly tenantId: string } },
  options: CheckOptions,
): Promise<void> {
  const { database, vault, signal } = options;
  const { id, tenantId } = work.of;
  const found = await database.transaction([tenantId], (tx) => find(tx, vault, id), { signal });
  const result = await resultOf(found, options);
  await database.transaction([tenantId], async (tx) => {
    if (!(await renewLease(tx, workTable, { lease: work.lease, leaseMs: connectionLimits.leaseMs }))) return;
    await settle(tx, work, { found, result });
  });
}

async function find(tx: Transaction, vault: Vault, id: string): Promise<Found> {
  try {
    return (await openConnection(tx, vault, id)) ?? 'gone';
  } catch (thrown) {
    if (classify(thrown).code !== 'secret_unreadable') throw thrown;
    return 'unreadable';
  }
}

/** Undefined where nobody is to be asked. */
async function resultOf(
  found: Found,
  { executor, mail, signal }: Omit<CheckOptions, 'database' | 'vault'>,
): Promise<CheckResult | undefined> {
  if (found === 'gone') return undefined;
  if (found === 'unreadable') return { kind: 'secret_unreadable' };
  if (found.state === 'revoked' || found.state === 'paused') return undefined;
  if (found.credentials === undefined) return { kind: 'secret_missing' };
  if (found.provider === 'smtp') {
    const credentials = smtpCredentials.safeParse(found.credentials);
    if (!credentials.success) return { kind: 'secret_missing' };
    const outcome = await mail.logIn(credentials.data);
    return resultIn(outcome, () => credentials.data.user);
  }
  const client = clientNamed(found.provider);
  return client === undefined ? undefined : await identify(client, found, { executor, signal });
}

/** Asks the provider. */
async function identify<Credentials, Operations>(
  client: ClientDefinition<Credentials, Operations>,
  found: OpenedConnection,
  { executor, signal }: { readonly executor: Executor; readonly signal?: AbortSignal | undefined },
): Promise<CheckResult> {
  const credentials = client.credentials.safeParse(found.credentials);
  // Sealed by a release whose form of them was another one.
  if (!credentials.success) return { kind: 'secret_missing' };
  const outcome = await executor.run(client, {
    operation: client.identify,
    connection: {
      tenantId: found.tenantId,
      id: found.id,
      account: found.account ?? found.id,
      credentials: credentials.data,
      tls: found.tls,
      rates: found.rates,
    },
    input: undefined,
    correlationId: `chk_${randomUUID().replaceAll('-', '')}`,
    ...(signal === undefined ? {} : { signal }),
  });
  return resultIn(outcome, ({ account }) => account);
}

function resultIn<Output>(
  outcome: OperationOutcome<Output>,
  accountIn: (output: Output) => string | undefined,
): CheckResult {
  if (outcome.kind === 'done') return { kind: 'identified', account: accountIn(outcome.output) };
  if (outcome.happening === 'unauthorised') return { kind: 'refused' };
  return { kind: outcome.happening === 'rejected' ? 'forbidden' : 'unanswered' };
}

interface Row {
  readonly state: string;
  readonly health: Standing['health'];
  readonly reason: Standing['reason'] | null;
  readonly failures: number;
  readonly refusals: number;
  readonly configured_account: string | null;
  /** bigint comes as text. */
  readonly check_every_ms: string;
  readonly generation: string | null;
  readonly shredded_at: Date | null;
}

async function settle(
  tx: Transaction,
  work: Parameters<typeof checkConnection>[0],
  { found, result }: { readonly found: Found; readonly result: CheckResult | undefined },
): Promise<void> {
  const { id, tenantId } = work.of;
  const [row] = await tx.query<Row>(
    `SELECT c.state, c.health, c.reason, c.failures, c.refusals, c.configured_account, c.check_every_ms, c.shredded_at, k.generation
     FROM connections.connection c LEFT JOIN connections.credential k USING (connection_id)
     WHERE c.connection_id = $1 FOR UPDATE OF c`,
    [id],
  );
  if (row === undefined) return await finishWork(tx, work, { nextInMs: undefined, code: 'gone' });
  const checkEveryMs = Number(row.check_every_ms);
  if (row.state === 'revoked') {
    if (row.shredded_at === null) {
      await shredCredentials(tx, id);
      await tx.query('UPDATE connections.connection SET shredded_at = now() WHERE connection_id = $1', [id]);
      await appendEvent(tx, { id, tenantId, what: 'shredded' });
    }
    return await finishWork(tx, work, { nextInMs: undefined, code: 'shredded' });
  }
  if (result === undefined || row.state === 'paused') {
    return await finishWork(tx, work, { nextInMs: checkEveryMs, code: row.state });
  }
  const checked = typeof found === 'object' ? found.generation : Number(row.generation ?? 0);
  // Other credentials were sealed meanwhile: nothing was said about those.
  if (checked !== Number(row.generation ?? 0)) return await finishWork(tx, work, { nextInMs: 0, code: 'replaced' });
  const before: Standing = { ...row, reason: row.reason ?? undefined };
  const after = standingAfter(before, result, row.configured_account ?? undefined);
  await write(tx, work.of, { before, after, account: result.kind === 'identified' ? result.account : undefined });
  await finishWork(tx, work, { nextInMs: nextCheckInMs(after, { checkEveryMs }), code: result.kind });
}

async function write(
  tx: Transaction,
  { id, tenantId }: { readonly id: string; readonly tenantId: string },
  {
    before,
    after,
    account,
  }: { readonly before: Standing; readonly after: Standing; readonly account: string | undefined },
): Promise<void> {
  const isOther = before.health !== after.health || before.reason !== after.reason;
  await tx.query(
    `UPDATE connections.connection SET health = $2, reason = $3, failures = $4, refusals = $5, checked_at = now(),
       account = coalesce($6, account), since = CASE WHEN $7 THEN now() ELSE since END
     WHERE connection_id = $1`,
    [id, after.health, after.reason ?? null, after.failures, after.refusals, account ?? null, isOther],
  );
  if (isOther) await appendEvent(tx, { id, tenantId, what: after.health, reason: after.reason });
}
