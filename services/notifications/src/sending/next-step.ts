import type { Directory } from '@trunkline/sources/directory';
import type { Sender, Senders } from '@trunkline/sources/senders';

import { endStates, type Message, type MessageState } from '../messages/message.ts';
import { type Said, say, sayDigest } from '../texts/say.ts';
import { fitSms } from '../texts/sms.ts';
import { sendingLimits } from './limits.ts';
import { canBeAsked } from './look-up.ts';
import { quietUntilMs } from './quiet.ts';
import { type Recipient, recipientOf } from './recipient.ts';
import { senderKinds } from './sender-kinds.ts';

/** What is done with a message whose turn has come. */
export type Step =
  | Move
  | Send
  /** Its provider is asked whether it has it. */
  | LookUp
  /** Nothing is left to do but to forget it, later. */
  | { readonly kind: 'rest' }
  /** What it says is forgotten; later the whole message is. */
  | { readonly kind: 'forget' }
  | { readonly kind: 'remove' };

/** A call is made: first it is written down. */
export interface Send {
  readonly kind: 'send';
  readonly sender: Sender;
  readonly recipient: Recipient;
  readonly said: Said;
}

export interface LookUp {
  readonly kind: 'look_up';
  readonly sender: Sender;
  readonly recipient: Recipient;
  readonly said: Said;
}

export interface Move {
  readonly kind: 'move';
  readonly state: MessageState;
  readonly code: string | null;
  readonly detail: string | null;
  /** When somebody looks next, epoch milliseconds; absent: when there is something to forget. */
  readonly dueAtMs?: number;
}

export interface Known {
  readonly nowMs: number;
  /** How long evidence of a message is waited for that may have been sent. */
  readonly evidenceMs: number;
  readonly directory: Pick<Directory, 'person' | 'phones'>;
  readonly senders: Senders;
}

/** Decides from what is known at this moment, and does nothing. */
export function nextStep(message: Message, known: Known): Step {
  if (message.decision !== null) return decided(message, message.decision, known);
  if (endStates.has(message.state)) {
    const isKept = known.nowMs < keptUntilMs(message);
    if (message.content === null) return { kind: isKept ? 'rest' : 'remove' };
    return { kind: isKept ? 'rest' : 'forget' };
  }
  if (message.state === 'sending') return abandoned(message, known);
  if (message.state === 'unknown') return inDoubt(message, known);
  if (message.isErased) return move('suppressed', ...erased);
  if (known.nowMs >= message.notAfterMs) return move('expired', 'too_late', 'nobody wants to know it any more');
  // Of what it was to tell nothing is left.
  if (message.digest?.count === 0) return move('suppressed', ...erased);
  const quietMs = quietMsOf(message, known);
  if (quietMs !== undefined) {
    const detail = `it is quiet where it goes until ${new Date(quietMs).toISOString()}`;
    return { kind: 'move', state: 'asked', code: 'quiet_hours', detail, dueAtMs: quietMs };
  }
  return outwards(message, known);
}

/** A message is kept for longer than what it says. */
export function keptUntilMs({ content, createdAtMs }: Message): number {
  return createdAtMs + (content === null ? sendingLimits.rowMs : sendingLimits.contentMs);
}

/** Code and detail of what is told no more because of an erasure. */
export const erased = ['erased', 'somebody whom it would name was erased'] as const;

/** A digest is kept back as long as all that it tells of would be. */
function quietMsOf(message: Message, { nowMs, directory }: Known): number | undefined {
  if (message.digest === null) return quietUntilMs(message, nowMs, directory);
  const ends = message.digest.templates.map((template) => quietUntilMs({ ...message, template }, nowMs, directory));
  return ends.length === 0 || ends.includes(undefined) ? undefined : Math.min(...ends.map((end) => end ?? nowMs));
}

/** A person knows what nothing here can know. */
function decided(message: Message, decision: NonNullable<Message['decision']>, known: Known): Step {
  if (decision === 'sent') return move('accepted', 'decided', 'somebody found that it was sent');
  if (decision === 'drop') return move('suppressed', 'decided', 'somebody decided that it is not to be sent');
  if (message.content === null) return move('held', 'forgotten', 'what it said is forgotten: it cannot be sent again');
  return outwards(message, known);
}

/** Who is told by what, and in which words. */
function outwards(message: Message, { nowMs, directory, senders }: Known): Step {
  const recipient = recipientOf(message, directory);
  if ('why' in recipient) {
    const { why, code, detail } = recipient;
    return why === 'gone' ? move('suppressed', code, detail) : waiting(message, nowMs, { code, detail });
  }
  const said = message.content?.said ?? words(message, recipient);
  if (said === undefined) {
    const detail = `there is no text ${message.template ?? ''} in this build`;
    return move('failed', message.template === null ? 'nothing_to_say' : 'template_unknown', detail);
  }
  const sender = senders.senderOf(message.tenantId, recipient);
  if (sender === undefined) {
    const by = recipient.kind === 'slack' ? `slack, ${recipient.connection ?? ''}` : recipient.kind;
    const detail = `no sender of ${message.tenantId} carries ${by}: add one to senders in the sources file`;
    return waiting(message, nowMs, { code: 'no_sender', detail });
  }
  return { kind: 'send', sender, recipient, said };
}

function words(message: Message, recipient: Recipient): Said | undefined {
  const said = allWords(message, recipient);
  return said === undefined || recipient.kind !== 'sms' ? said : { ...said, text: fitSms(said.text) };
}

function allWords({ content, template, digest }: Message, { language }: Recipient): Said | undefined {
  if (digest !== null) {
    const subjects = digest.first.map((one) => plainWords(one, language)?.subject ?? '');
    return sayDigest({ count: digest.count, subjects, language });
  }
  return plainWords({ content, template }, language);
}

function plainWords({ content, template }: Pick<Message, 'content' | 'template'>, language: string): Said | undefined {
  if (template !== null) return say(template, language, content?.parameters ?? {});
  if (content?.text === null || content?.text === undefined) return undefined;
  return { subject: content.subject ?? content.text.split('\n', 1).join('').slice(0, 80), text: content.text };
}

/** The process that made the last call is gone, or its answer came too late for it. */
function abandoned(message: Message, known: Known): Move {
  return doubtful(message, known, {
    code: 'process_ended',
    detail: 'the process that sent it ended before the answer',
  });
}

/** It may have been sent: under a key it is sent again at once, else evidence is waited for. */
export function doubtful(
  message: Message,
  { nowMs, evidenceMs, senders }: Pick<Known, 'nowMs' | 'evidenceMs' | 'senders'>,
  { code, detail }: { readonly code: string; readonly detail: string },
): Move {
  const dueAtMs = nowMs + (hasKey(message, nowMs, senders) ? againMs(message.attempts) : evidenceMs);
  return { kind: 'move', state: 'unknown', code, detail, dueAtMs };
}

/** The wait before another call after so many. */
export function againMs(attempts: number): number {
  const { firstAgainMs, lastAgainMs } = sendingLimits;
  return Math.min(lastAgainMs, firstAgainMs * 4 ** Math.max(attempts - 1, 0));
}

/** Nothing has told meanwhile whether it was sent. */
function inDoubt(message: Message, known: Known): Step {
  const { nowMs, senders } = known;
  if (message.isErased) return move('held', 'erased', `${notKnown}; what it said is erased, so it is not sent again`);
  const asked = askedFor(message, known);
  if (asked !== undefined) return asked;
  if (nowMs >= message.notAfterMs) return move('held', 'too_late', `${notKnown}, and it is too late to send it again`);
  if (message.attempts >= sendingLimits.mostAttempts)
    return move('held', 'too_often', `${notKnown} after ${message.attempts} calls`);
  const sender = lastSender(message, senders);
  if (sender === undefined)
    return move('held', 'sender_gone', `${notKnown}, and its sender is gone from the sources file`);
  if (hasKey(message, nowMs, senders)) return outwards(message, known);
  if (senderKinds[sender.kind].inDoubt === 'resend' && message.doubtful <= 1) return outwards(message, known);
  return move('held', 'no_evidence', notKnown);
}

/** Whoever may know is asked, also when it is too late to send it again: what was sent need not wait for a person. */
function askedFor(message: Message, { nowMs, senders, directory }: Known): LookUp | undefined {
  const sender = lastSender(message, senders);
  const said = message.content?.said ?? undefined;
  if (sender === undefined || said === undefined || message.lookups >= sendingLimits.mostLookups) return undefined;
  if (!canBeAsked(sender) || hasKey(message, nowMs, senders)) return undefined;
  const recipient = recipientOf(message, directory);
  return 'why' in recipient ? undefined : { kind: 'look_up', sender, recipient, said };
}

const notKnown = 'it may have been sent, and nothing has told so';

/** Whether the provider would know the message again. */
function hasKey(message: Message, nowMs: number, senders: Senders): boolean {
  const sender = lastSender(message, senders);
  if (sender === undefined) return false;
  // The clock of whoever called first may be ahead: a provider without keys knows none, not even for a moment.
  const sinceMs = Math.max(0, nowMs - (message.firstCallMs ?? nowMs));
  return sinceMs < senderKinds[sender.kind].keyMs;
}

function lastSender({ last }: Message, senders: Senders): Sender | undefined {
  return senders.all().find(({ id }) => id === last?.senderId);
}

/** Nothing is lost while the sources file, or a connection of it, lacks something: it is looked at again, seldom in the end. */
export function waiting(
  { state, createdAtMs }: Message,
  nowMs: number,
  { code, detail }: { readonly code: string; readonly detail: string },
): Move {
  const { firstSenderLookMs, lastSenderLookMs } = sendingLimits;
  const waitMs = Math.min(lastSenderLookMs, Math.max(firstSenderLookMs, nowMs - createdAtMs));
  // A message in doubt stays in doubt.
  return { kind: 'move', state: state === 'unknown' ? state : 'no_sender', code, detail, dueAtMs: nowMs + waitMs };
}

function move(state: MessageState, code: string, detail: string): Move {
  return { kind: 'move', state, code, detail };
}
