export * from './account/unaccounted.ts';
export { emptyIndex } from './empty-index.ts';
export { emptyIndexSince, type EmptySince } from './empty-since.ts';
export { keyHash } from './key-hash.ts';
export { journalLimits } from './limits.ts';
export * from './read/debug.ts';
export * from './read/deliveries.ts';
export * from './read/events.ts';
export * from './read/outcomes.ts';
export * from './read/positions.ts';
export * from './read/requests.ts';
export * from './read/steps.ts';
export * from './rows.ts';
export { latencyBoundsMs, type RollupKind } from './write/rollups.ts';
export { mayMissEvents } from './write/events-left-out.ts';
export { createJournalWriter, type IndexedEvents, type JournalWriter, type Written } from './write/writer.ts';
export * from './jobs/ask.ts';
export type { ChangeJob, JobAct } from './jobs/change.ts';
export * from './jobs/job.ts';
export { readStoppedJobs, type StoppedJob } from './jobs/stopped-jobs.ts';
export * from './jobs/leased-job.ts';
export type { JobLease } from './jobs/leased-rows.ts';
export { jobLimits } from './jobs/limits.ts';
export * from './jobs/plan.ts';
export * from './jobs/planned-letters.ts';
export {
  type CauseState,
  type DecideCause,
  decideCause,
  decidedCauseStates,
  type DecidedCauseState,
} from './letters/cause-state.ts';
export { type CauseNews, readCauseNews } from './letters/cause-news.ts';
export type { LetterFilter, LetterReference } from './letters/filter.ts';
export { forgetLetters } from './letters/forget.ts';
export * from './letters/history.ts';
export { letterLimits } from './letters/limits.ts';
export { type Letter, type LetterGroup, type LetterPage, listLetters } from './letters/list.ts';
export { letterStates, type LetterState } from './letters/state.ts';
export * from './letters/stats.ts';
export { findUnknown } from './letters/unknown.ts';
export * from './replays/ask.ts';
export * from './replays/leased-replay.ts';
export * from './replays/planned-deliveries.ts';
export * from './replays/replay.ts';
export * from './replays/replay-id.ts';
export type { TenantScope } from './scope.ts';
