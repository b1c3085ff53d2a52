import { groups } from '@trunkline/operations/groups';
import { formatTime } from '@trunkline/operations/units';

import type { Standing } from '../standing.ts';
import { type Histogram, quantileOf } from './histogram.ts';
import type { GroupBacklog } from './lag-watch.ts';
import { increases, type Scrape } from './scrape.ts';
import { type GroupCounts, type SourceCounts, summarise, type Summary } from './summary.ts';

/** One round of the monitor: the document of --json, and what the screen shows. Counts are since the processes started. */
export interface Figures {
  readonly at: string;
  /** Rates and percentiles are of so many seconds up to now; null: of the time since the processes started. */
  readonly windowSeconds: number | null;
  readonly processes: readonly {
    readonly name: string;
    readonly url: string;
    readonly answers: boolean;
    readonly reason: string | undefined;
  }[];
  readonly sources: readonly SourceFigures[];
  readonly groups: readonly GroupFigures[];
  /** Consumer processes that take no work. */
  readonly standing: readonly Standing[];
  /** What could not be looked at, a sentence each. */
  readonly gaps: readonly string[];
}

export interface Pace {
  /** Null while there is nothing to compare with. */
  readonly perSecond: number | null;
  /** Null without observations. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface SourceFigures extends Pace {
  readonly source: string;
  readonly received: number;
  readonly accepted: number;
  readonly rejectedByStep: Readonly<Record<string, number>>;
}

export interface GroupFigures extends Pace {
  readonly group: string;
  /** Finished: applied, stale and duplicates. */
  readonly processed: number;
  readonly applied: number;
  readonly stale: number;
  readonly duplicates: number;
  /** Attempts that failed: to a retry topic, or to the dead letters. */
  readonly retried: number;
  readonly deadLettered: number;
  /** Null while Kafka was not asked or did not answer. */
  readonly lag: string | null;
  /** Dead letters that are open; null while that is not known. `lettersOnTopic` counts their copies and what is done, too. */
  readonly openLetters: number | null;
  readonly lettersOnTopic: number | null;
}

export interface Round {
  readonly atMs: number;
  readonly scrapes: readonly Scrape[];
}

export interface FiguresQuestion {
  /** The oldest first; the last is now. */
  readonly rounds: readonly Round[];
  readonly source: string | undefined;
  readonly lag: ReadonlyMap<string, GroupBacklog> | undefined;
  readonly standing: readonly Standing[];
  readonly gaps: readonly string[];
  readonly nowMs: number;
}

export function figuresOf(question: FiguresQuestion): Figures {
  const { rounds, source, lag, standing, gaps, nowMs } = question;
  const now = rounds.at(-1) ?? { atMs: 0, scrapes: [] };
  const first = rounds[0];
  const windowSeconds = first === undefined || first === now ? null : (now.atMs - first.atMs) / 1_000;
  const whole = summarise(
    now.scrapes.flatMap(({ process }) => process ?? []),
    source,
  );
  const recent =
    first === undefined || windowSeconds === null ? whole : summarise(increases(first.scrapes, now.scrapes), source);
  return {
    at: formatTime(nowMs),
    windowSeconds,
    processes: now.scrapes.map(({ name, url, process, reason }) => ({
      name,
      url,
      answers: process !== undefined,
      reason,
    })),
    sources: namesOf(whole.sources, source).map((name) => sourceFigures(name, { whole, recent, windowSeconds })),
    groups: [...new Set([...whole.groups.keys(), ...(lag?.keys() ?? [])])]
      .filter((name) => isGroup(name, whole.groups.get(name)))
      .sort()
      .map((name) => groupFigures(name, { whole, recent, windowSeconds }, lag?.get(name))),
    standing,
    gaps,
  };
}

interface Spans {
  readonly whole: Summary;
  readonly recent: Summary;
  readonly windowSeconds: number | null;
}

/** A source that was asked for has a row, also before its first request. */
function namesOf(sources: Summary['sources'], asked: string | undefined): readonly string[] {
  return [...new Set([...sources.keys(), ...(asked === undefined ? [] : [asked])])].sort();
}

function sourceFigures(source: string, { whole, recent, windowSeconds }: Spans): SourceFigures {
  const counts = whole.sources.get(source);
  const late = recent.sources.get(source);
  return {
    source,
    received: counts?.received ?? 0,
    accepted: counts?.accepted ?? 0,
    rejectedByStep: counts?.rejectedByStep ?? {},
    ...paceOf(late?.received ?? 0, late?.answerSeconds, windowSeconds),
  };
}

/** What a process without a consumer group counts is none of the table: journal and connections have neither attempts nor lag. */
function isGroup(name: string, counts: GroupCounts | undefined): boolean {
  if (groups.some((group) => group.name === name)) return true;
  return counts !== undefined && [doneOf(counts), counts.retried, counts.deadLettered].some((count) => count > 0);
}

function doneOf(counts: GroupCounts | undefined): number {
  return counts === undefined ? 0 : counts.applied + counts.stale + counts.duplicates;
}

function groupFigures(group: string, spans: Spans, backlog: GroupBacklog | undefined): GroupFigures {
  const counts = spans.whole.groups.get(group);
  const late = spans.recent.groups.get(group);
  return {
    group,
    processed: doneOf(counts),
    applied: counts?.applied ?? 0,
    stale: counts?.stale ?? 0,
    duplicates: counts?.duplicates ?? 0,
    retried: counts?.retried ?? 0,
    deadLettered: counts?.deadLettered ?? 0,
    lag: backlog === undefined ? null : String(backlog.waiting),
    openLetters: backlog?.letters?.open ?? null,
    lettersOnTopic: backlog?.letters?.onTopic ?? null,
    ...paceOf(doneOf(late), late?.processSeconds, spans.windowSeconds),
  };
}

function paceOf(count: number, seconds: Histogram | undefined, windowSeconds: number | null): Pace {
  const quantileMs = (quantile: number): number | null => {
    const value = seconds === undefined ? undefined : quantileOf(seconds, quantile);
    return value === undefined ? null : value * 1_000;
  };
  return {
    perSecond: windowSeconds === null || windowSeconds <= 0 ? null : count / windowSeconds,
    p50Ms: quantileMs(0.5),
    p99Ms: quantileMs(0.99),
  };
}

export function rejectedOf({ rejectedByStep }: Pick<SourceCounts, 'rejectedByStep'>): number {
  return Object.values(rejectedByStep).reduce((sum, count) => sum + count, 0);
}
