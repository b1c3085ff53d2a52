import type { Message } from '../messages/message.ts';
import type { Carried } from './carry.ts';
import { sendingLimits } from './limits.ts';
import { againMs, doubtful, type Known, type Move } from './next-step.ts';

/** Where a message stands after a call. `message` is as it was before, with this call counted. */
export function afterCall(
  message: Message,
  carried: Carried,
  known: Pick<Known, 'nowMs' | 'evidenceMs' | 'senders'>,
): Move {
  if (carried.kind === 'accepted')
    return { kind: 'move', state: 'accepted', code: null, detail: carried.detail ?? null };
  const { code, detail } = carried;
  // What may have been sent before is not undone by what a later call did not do.
  if (carried.arrived === 'maybe') return doubtful(message, known, { code, detail });
  const isInDoubt = message.doubtful > 0;
  if (carried.isFinal) return { kind: 'move', state: isInDoubt ? 'held' : 'failed', code, detail };
  if (message.attempts >= sendingLimits.mostAttempts)
    return {
      kind: 'move',
      state: isInDoubt ? 'held' : 'failed',
      code,
      detail: `${detail}; after ${message.attempts} calls`,
    };
  const waitMs = Math.max(carried.retryAfterMs ?? 0, againMs(message.attempts));
  return { kind: 'move', state: isInDoubt ? 'unknown' : 'asked', code, detail, dueAtMs: known.nowMs + waitMs };
}
