/** Rounds of a latency that count only while the machine is quiet: beside other work a latency measures the neighbours. */
import { availableParallelism } from 'node:os';

import type { BenchRun } from './benchmark.ts';
import { cpuSeconds, machineCpuSeconds } from './load/cpu-time.ts';

/** Of the CPU time the machine has in a round: when processes that are not of this run took more, it is void. */
const mostOfOthers = 0.05;
/** As often as rounds are asked for; after that the machine is busy and nothing is measured. */
const triesPerRound = 3;

export interface Round<T> {
  readonly measured: T;
  /** Share of the machine's CPU time in the round that others took; NaN where the system does not say. */
  readonly others: number;
}

export interface QuietRounds<T> {
  /** As many as were asked for, or none. */
  readonly rounds: readonly T[];
  readonly note: string;
}

/**
 * Measures one round. Ours is what descends from this process: services, load, and the servers of the run. That our own
 * processes wait for each other's CPU is part of what is measured; how busy they are together does not void a round.
 */
export async function watchedRound<T>(measure: () => Promise<T>): Promise<Round<T>> {
  const startedAt = performance.now();
  const before = othersCpuSeconds();
  const measured = await measure();
  const hadSeconds = ((performance.now() - startedAt) / 1_000) * availableParallelism();
  return { measured, others: (othersCpuSeconds() - before) / hadSeconds };
}

function othersCpuSeconds(): number {
  return machineCpuSeconds() - cpuSeconds(process.pid);
}

/** The first round is for the compiler; void ones are measured again, three times as many rounds as asked for at most. */
export async function quietRounds<T>(
  run: Pick<BenchRun, 'rounds' | 'signal' | 'onProgress'>,
  round: () => Promise<Round<T>>,
): Promise<QuietRounds<T>> {
  const quiet: T[] = [];
  const most = run.rounds * triesPerRound;
  await round();
  let tries = 0;
  while (quiet.length < run.rounds && tries < most) {
    run.signal.throwIfAborted();
    const { measured, others } = await round();
    tries += 1;
    // Where the system does not say who used it, nothing is void.
    if (others > mostOfOthers) run.onProgress(`round ${tries} is void: others took ${percent(others)} of the CPU`);
    else quiet.push(measured);
  }
  const voided = tries - quiet.length;
  const rule = `a round in which processes of others take more than ${percent(mostOfOthers)} of the machine's CPU time is void`;
  if (quiet.length < run.rounds)
    return { rounds: [], note: `Machine busy, not measured: ${voided} of ${tries} rounds were void (${rule}).` };
  return { rounds: quiet, note: `${voided} of ${tries} rounds were void: ${rule}.` };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
