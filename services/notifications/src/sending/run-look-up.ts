import { type Database, type Lease, renewLease, type Transaction } from '@trunkline/postgres';

import type { Message } from '../messages/message.ts';
import type { Access } from './access.ts';
import { sendingLimits } from './limits.ts';
import { type Candidate, type LookedUp, lookUp, unclaimed } from './look-up.ts';
import type { LookUp, Move } from './next-step.ts';
import type { Outbound } from './outbound.ts';
import { endLookUp, isStill, lookAgain, moveOn, turns } from './progress.ts';

export interface LookUpOptions {
  readonly database: Database;
  readonly outbound: Outbound;
  readonly lease: Lease;
  readonly leaseMs: number;
  readonly evidenceMs: number;
  readonly clock: () => number;
}

/**
 * Asks the provider of a message that may have been sent, and writes down what it said: nothing was changed by asking, so a
 * process that ends here leaves the message as it was. Undefined where somebody else has told meanwhile, or goes on.
 */
export async function runLookUp(
  message: Message,
  step: LookUp & { readonly access: Access },
  { database, outbound, lease, leaseMs, evidenceMs, clock }: LookUpOptions,
): Promise<Move | undefined> {
  const { tenantId, requestId, firstCallMs } = message;
  const asked = await lookUp({ ...step, requestId }, { firstCallMs: firstCallMs ?? clock(), outbound });
  return await database.transaction([tenantId], async (tx) => {
    if (!(await renewLease(tx, turns, { lease, leaseMs }))) return undefined;
    if (!(await isStill(tx, message))) {
      await lookAgain(tx, lease);
      return undefined;
    }
    const found = asked.kind === 'answered' ? await unclaimed(tx, message, asked.candidates) : undefined;
    const lookups = countedAs(message, asked.kind);
    await endLookUp(tx, message, { lookups, found });
    const to = found === undefined ? again(asked, clock() + (isAtWord(lookups) ? 0 : evidenceMs)) : foundAs(found);
    await moveOn(tx, message, { to, lease });
    return to;
  });
}

/** As a question that nobody answered, where its provider cannot be shown anything at this moment: bounded, as those are. */
export async function unasked(
  tx: Transaction,
  message: Message,
  { detail, dueAtMs }: { readonly detail: string; readonly dueAtMs: number },
): Promise<Move> {
  await endLookUp(tx, message, { lookups: countedAs(message, 'unanswered'), found: undefined });
  return again({ kind: 'unanswered', detail }, dueAtMs);
}

/** Twice without it is as good as all questions. */
function countedAs({ lookups }: Message, kind: 'answered' | 'unanswered'): number {
  const { absentLookups, mostLookups } = sendingLimits;
  return kind === 'answered' && lookups + 1 >= absentLookups ? mostLookups : lookups + 1;
}

function isAtWord(lookups: number): boolean {
  return lookups >= sendingLimits.mostLookups;
}

function foundAs({ state, code, providerMessageId }: Candidate): Move {
  return { kind: 'move', state, code, detail: `its provider has it as ${providerMessageId}` };
}

function again(asked: LookedUp, dueAtMs: number): Move {
  const detail = asked.kind === 'answered' ? 'its provider does not have it' : asked.detail;
  return { kind: 'move', state: 'unknown', code: 'looked_up', detail, dueAtMs };
}
