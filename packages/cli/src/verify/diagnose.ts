import { isDeepStrictEqual } from 'node:util';

import { type ProviderSource, type ReceivedRequest, type RejectionStep, verifyDelivery } from '@trunkline/providers';

import { mistakes } from './mistakes/index.ts';
import { type Attempt, type Mistake, type RefusedCase, timeSteps } from './mistakes/mistake.ts';
import { signedTimes } from './mistakes/signed-times.ts';

/** A mistake whose undoing makes the request verify. More than one may: none is claimed to be the cause. */
export interface Finding {
  readonly mistake: string;
  /** "would verify if …" */
  readonly sentence: string;
  /** What to do, if it is that. */
  readonly action: string;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** The mistakes that can lead to this refusal, by name. */
  readonly mistakes: readonly string[];
  readonly attempts: number;
  /** False where a limit ended the search. */
  readonly complete: boolean;
}

export interface DiagnosisLimits {
  readonly attempts: number;
  /** Bytes hashed in all: attempts times the length of the body. */
  readonly bytes: number;
}

/** An HMAC of 1 KiB takes some 5 µs, of 256 MiB a second. */
const usualLimits: DiagnosisLimits = { attempts: 4_000, bytes: 256 * 1024 * 1024 };

/** Tries the usual mistakes one by one. For each it names the first change with which the request would verify. */
export function diagnose(refused: Omit<RefusedCase, 'coverage'>, limits: DiagnosisLimits = usualLimits): Diagnosis {
  const coverage = refused.source.provider.coverage(refused.source.settings.options);
  const subject: RefusedCase = { ...refused, coverage };
  const possible = mistakes.filter(({ steps }) => steps.includes(refused.step));
  const budget = { attempts: limits.attempts, bytes: limits.bytes };
  const findings: Finding[] = [];
  const fitting: Attempt[] = [];
  let complete = true;
  for (const mistake of possible) {
    const tried = tryMistake(mistake, subject, budget);
    complete &&= tried.complete;
    // Two mistakes may be undone by the same change (a newline that was added); it is told once, by the plainer name.
    if (tried.fit === undefined || fitting.some((other) => isSame(other, tried.fit?.attempt))) continue;
    fitting.push(tried.fit.attempt);
    findings.push({
      mistake: mistake.name,
      sentence: `would verify if ${tried.fit.attempt.would}${tried.fit.addition}`,
      action: mistake.action,
    });
  }
  return {
    findings,
    mistakes: possible.map(({ name }) => name),
    attempts: limits.attempts - Math.max(budget.attempts, 0),
    complete,
  };
}

interface Budget {
  attempts: number;
  bytes: number;
}

function tryMistake(
  mistake: Mistake,
  subject: RefusedCase,
  budget: Budget,
): { readonly fit?: { readonly attempt: Attempt; readonly addition: string }; readonly complete: boolean } {
  for (const attempt of mistake.attempts(subject)) {
    if (budget.attempts <= 0 || budget.bytes <= 0) return { complete: false };
    budget.attempts -= 1;
    budget.bytes -= (attempt.request ?? subject.request).body.length;
    const addition = additionOf(attempt, subject);
    if (addition !== undefined) return { fit: { attempt, addition }, complete: true };
  }
  return { complete: true };
}

/** Whether both change the request into the same one, and nothing else. */
function isSame(left: Attempt, right: Attempt | undefined): boolean {
  if (left.request === undefined || right?.request === undefined || left.source !== right.source) return false;
  return (
    Buffer.from(left.request.body).equals(right.request.body) &&
    left.request.publicUrl === right.request.publicUrl &&
    isDeepStrictEqual(left.request.headers, right.request.headers)
  );
}

/** What to add to the sentence when it fits; undefined when it does not. */
function additionOf(attempt: Attempt, subject: RefusedCase): string | undefined {
  if (attempt.fits !== undefined) return attempt.fits ? '' : undefined;
  const source = attempt.source ?? subject.source;
  const request = attempt.request ?? subject.request;
  const nowMs = attempt.nowMs ?? subject.nowMs;
  const step = stepOf(source, request, nowMs);
  if (step === undefined) return '';
  if (!timeSteps.includes(step) || timeSteps.includes(subject.step)) return undefined;
  // Both at once: a mistake, and a capture that has grown stale since. Its proof is then good as of the time it names.
  const atMs = signedTimes(request).find((time) => stepOf(source, request, time) === undefined);
  return atMs === undefined ? undefined : `, and it were ${new Date(atMs).toISOString()}`;
}

function stepOf(source: ProviderSource, request: ReceivedRequest, nowMs: number): RejectionStep | undefined {
  const result = verifyDelivery(source, request, nowMs);
  return result.ok ? undefined : result.step;
}
