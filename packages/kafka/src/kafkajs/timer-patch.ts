import { createRequire } from 'node:module';

/** The one release the patch was written for. */
export const patchedVersion = '2.2.4';

/** Another release of the library is left alone; one that was loaded before us cannot be mended any more. */
export type PatchOutcome = 'installed' | 'already_installed' | 'other_version' | 'too_late';

const marker = Symbol.for('trunkline.kafkajs.timerPatch');

/**
 * kafkajs 2.2.4 re-arms a timer for every connection whether or not requests wait: some 600 timers a second, and a
 * TimeoutNegativeWarning on Node 24 and later. With nothing pending there is nothing to check, and whatever becomes
 * pending later schedules its own check, so the timer is armed only when something waits.
 * Another release is left alone.
 */
export function installTimerPatch(): PatchOutcome {
  const load = createRequire(import.meta.url);
  if (versionOf(load('kafkajs/package.json')) !== patchedVersion) return 'other_version';
  const prototype = queuePrototype(load('kafkajs/src/network/requestQueue/index.js'));
  if (prototype === undefined) return 'other_version';
  if (marker in prototype) return 'already_installed';

  const { scheduleCheckPendingRequests: schedule } = prototype;
  prototype.scheduleCheckPendingRequests = function scheduleWhenPending(): void {
    if (this.pending.length > 0) schedule.call(this);
  };
  Object.defineProperty(prototype, marker, { value: true });
  return 'installed';
}

interface RequestQueue {
  readonly pending: readonly unknown[];
}

interface RequestQueuePrototype {
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

function versionOf(manifest: unknown): unknown {
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
}

function queuePrototype(loaded: unknown): RequestQueuePrototype | undefined {
  if (typeof loaded !== 'function') return undefined;
  const prototype: unknown = loaded.prototype;
  return hasSchedule(prototype) ? prototype : undefined;
}

function hasSchedule(value: unknown): value is RequestQueuePrototype {
  return (
    typeof value === 'object' &&
    value !== null &&
    'scheduleCheckPendingRequests' in value &&
    typeof value.scheduleCheckPendingRequests === 'function'
  );
}
