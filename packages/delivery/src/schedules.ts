import { TrunklineError } from '@trunkline/core';

import { endpointLimits } from './limits.ts';

/** Seconds before each attempt. */
export type Schedule = readonly number[];

const hourS = 3_600;

/** What a schedule may be called. One more is a line. */
export const schedules: Readonly<Record<string, Schedule>> = {
  /**
   * The ten attempts that Standard Webhooks recommends, over three days
   * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Retry schedule").
   */
  standard: [0, 5, 300, 1_800, 2 * hourS, 5 * hourS, 10 * hourS, 14 * hourS, 20 * hourS, 24 * hourS],
  /** Six attempts within a quarter of an hour: for receivers to whom an old event is worth nothing. */
  fast: [0, 5, 15, 60, 240, 600],
  /** Thirteen attempts over a week. */
  patient: [
    0,
    5,
    300,
    1_800,
    2 * hourS,
    5 * hourS,
    10 * hourS,
    14 * hourS,
    20 * hourS,
    24 * hourS,
    24 * hourS,
    24 * hourS,
    24 * hourS,
  ],
};

/** A name of the list above, or seconds: `0,30,300`. Throws `config_invalid`. */
export function readSchedule(text: string): Schedule {
  const named = Object.hasOwn(schedules, text) ? schedules[text] : undefined;
  if (named !== undefined) return named;
  const steps = text.split(',').map((step) => step.trim());
  const { scheduleSteps, longestStepS } = endpointLimits;
  const seconds = steps.map(Number);
  const isGood = steps.every((step, index) => /^\d{1,6}$/.test(step) && (seconds[index] ?? 0) <= longestStepS);
  if (isGood && seconds[0] === 0 && seconds.length <= scheduleSteps) return seconds;
  throw new TrunklineError(
    'config_invalid',
    `a schedule is ${Object.keys(schedules).join(', ')}, or up to ${scheduleSteps} waits in seconds that begin with 0: 0,30,300`,
  );
}
