import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type Clock, failpoint, type RequestId } from '@trunkline/core';
import { type Database, type Lease, renewLease, takeErasureTurn, type Transaction } from '@trunkline/postgres';
import type { Logger, Metrics } from '@trunkline/runtime';
import type { Directory } from '@trunkline/sources/directory';
import type { Senders } from '@trunkline/sources/senders';
import type { Vault } from '@trunkline/vault';

import { type Message, readMessage } from '../messages/message.ts';
import { type Access, accessOf } from './access.ts';
import { afterCall } from './after-call.ts';
import { type BurstLimits, withinBurst } from './burst.ts';
import { type Carried, carry } from './carry.ts';
import { gathered } from './digest.ts';
import { fallBack } from './fall-back.ts';
import { type Known, type LookUp, type Move, nextStep, type Send, type Step, waiting } from './next-step.ts';
import type { Outbound } from './outbound.ts';
import {
  abandonCalls,
  beginCall,
  endCall,
  forget,
  isStill,
  lookAgain,
  moveOn,
  remove,
  rest,
  turns,
} from './progress.ts';
import { noteRefusal } from './refusal.ts';
import { runLookUp, unasked } from './run-look-up.ts';

export interface TurnOptions {
  readonly database: Database;
  readonly outbound: Outbound;
  readonly directory: Pick<Directory, 'person' | 'phones'>;
  readonly senders: () => Senders;
  /** Opens what connections have sealed; undefined where this process has no key. */
  readonly vault: Vault | undefined;
  readonly leaseMs: number;
  readonly evidenceMs: number;
  readonly burst: BurstLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'count'>;
}

export interface Turn {
  readonly lease: Lease;
  readonly tenantId: string;
}

/**
 * Does what there is to do with one message. A call is written down and committed before it is made: a process that ends in
 * between leaves `sending` behind, which nobody takes for a message that was never sent.
 */
export async function runTurn({ lease, tenantId }: Turn, options: TurnOptions): Promise<void> {
  const { database, outbound, clock, log, leaseMs } = options;
  const requestId: RequestId = `req_${lease.id.replaceAll('-', '')}`;
  const known = (): Known => ({ ...options, senders: options.senders(), nowMs: clock() });

  const begun = await database.transaction([tenantId], async (tx) => {
    // Before any row is locked: what is read from here on is not erased before the end of the transaction.
    await takeErasureTurn(tx, [{ tenantId }]);
    if (!(await renewLease(tx, turns, { lease, leaseMs }))) return undefined;
    const message = await gathered(tx, await readMessage(tx, tenantId, requestId), clock());
    await fallBack(tx, message, { directory: options.directory, nowMs: clock() });
    const wanted = nextStep(message, known());
    const told = await withinBurst(tx, message, { step: wanted, nowMs: clock(), burst: options.burst });
    const step = await withAccess(tx, message, { ...options, step: told });
    if (step.kind === 'look_up') return { message, step };
    if (step.kind !== 'send') return { message, moved: await settle(tx, { message, step, lease }) };
    return { step, message: await beginCall(tx, message, { ...step, nowMs: clock() }) };
  });
  if (begun === undefined) return;
  if (begun.step === undefined) {
    if (begun.moved !== undefined) tell(begun.message, begun.moved, options);
    return;
  }
  if (begun.step.kind === 'look_up') {
    const found = await runLookUp(begun.message, begun.step, { ...options, lease });
    if (found !== undefined) tell(begun.message, found, options);
    return;
  }
  const { message, step } = begun;
  const committedAtMs = performance.now();
  failpoint('notify.before_call');
  // A process that was frozen since is taken for dead: somebody else decides by now.
  if (performance.now() - committedAtMs > leaseMs / 2) return;
  const carried = await inSpan(message, () => carry({ ...step, requestId }, outbound));
  failpoint('notify.after_call');
  const moved = await database.transaction([tenantId], async (tx) => {
    if (!(await renewLease(tx, turns, { lease, leaseMs }))) return 'late';
    const isSending = await isStill(tx, message);
    await endCall(tx, message, { carried, nowMs: clock() });
    await noteRefusal(tx, { sender: step.sender, carried });
    failpoint('notify.before_sent');
    if (!isSending) {
      // The provider's own webhook was here first.
      await lookAgain(tx, lease);
      return undefined;
    }
    const to = afterCall(message, carried, known());
    await moveOn(tx, message, { to, lease });
    return to;
  });
  if (moved === undefined) return;
  if (moved === 'late') {
    log.warn(
      { event: 'notification.late', requestId, tenantId },
      'a call ended after its lease: somebody else decides',
    );
    return;
  }
  tell(message, moved, { ...options, senderId: step.sender.id });
}

/** A call is made where its provider can be shown something; else the message waits for that. */
async function withAccess(
  tx: Transaction,
  message: Message,
  { step, vault, clock, evidenceMs }: Pick<TurnOptions, 'vault' | 'clock' | 'evidenceMs'> & { readonly step: Step },
): Promise<Exclude<Step, Send | LookUp> | ((Send | LookUp) & { readonly access: Access })> {
  if (step.kind !== 'send' && step.kind !== 'look_up') return step;
  const found = await accessOf(tx, step.sender, vault);
  if (found.kind === 'open') return { ...step, access: found.access };
  // What may have been sent waits for no connection: in the end a person decides.
  return step.kind === 'look_up'
    ? await unasked(tx, message, { detail: found.detail, dueAtMs: clock() + evidenceMs })
    : waiting(message, clock(), found);
}

async function settle(
  tx: Transaction,
  {
    message,
    step,
    lease,
  }: { readonly message: Message; readonly step: Exclude<Step, { kind: 'send' | 'look_up' }>; readonly lease: Lease },
): Promise<Move | undefined> {
  if (step.kind === 'rest') await rest(tx, message, lease);
  if (step.kind === 'forget') await forget(tx, message, lease);
  if (step.kind === 'remove') await remove(tx, message);
  if (step.kind !== 'move') return undefined;
  if (message.state === 'sending') await abandonCalls(tx, message);
  await moveOn(tx, message, { to: step, lease });
  return step;
}

/** One line and one count for each change of a message; who is told what stands in neither. */
function tell(
  { requestId, tenantId, state, template, channel, causedBy, attempts }: Message,
  to: Move,
  { log, metrics, senderId }: Pick<TurnOptions, 'log' | 'metrics'> & { readonly senderId?: string },
): void {
  if (to.state === state) return;
  metrics.count('notifications_total', { channel: channelLabel(channel), state: to.state });
  const level = to.state === 'failed' || to.state === 'held' ? 'warn' : 'info';
  const { code, detail: reason } = to;
  log[level](
    {
      event: 'notification',
      requestId,
      tenantId,
      causedBy,
      template,
      channel,
      senderId,
      attempts,
      state: to.state,
      code,
      reason,
    },
    'notification',
  );
}

function channelLabel(channel: string | null): string {
  return channel === 'sms' || channel === 'email' || channel === 'slack' ? channel : 'none';
}

const scope = '@trunkline/notifications';

/** The call goes on with the trace of the request, and so with that of the webhook that everything began with. */
async function inSpan(message: Message, run: () => Promise<Carried>): Promise<Carried> {
  const { requestId, template, traceparent, attempts } = message;
  const parent = traceparent === null ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
  const span = trace
    .getTracer(scope)
    .startSpan(
      `notify ${template ?? 'text'}`,
      { kind: SpanKind.INTERNAL, attributes: { 'trunkline.request_id': requestId, 'trunkline.attempt': attempts } },
      parent,
    );
  try {
    const carried = await context.with(trace.setSpan(parent, span), run);
    if (carried.kind === 'failed') {
      span.setAttribute('error.type', carried.code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: carried.code });
    }
    return carried;
  } finally {
    span.end();
  }
}
