import type { Clock } from '@trunkline/core';

import type { ConsumerLimits } from '../limits.ts';

/** How the latest run of a key ended. */
export interface KeyOutcome {
  readonly key: string;
  readonly tenant: string;
  /** Equal for failures of one cause; undefined when it was applied. */
  readonly likeness: string | undefined;
  /** Whether a handler came to an end with it, or used up its time; `none` where no handler saw it. */
  readonly run: 'ended' | 'hung' | 'none';
}

/** Most keys fail alike. */
export interface BadRelease {
  readonly likeness: string;
  readonly failingKeys: number;
  readonly keys: number;
}

export type ReleaseGuardLimits = Pick<
  ConsumerLimits,
  'releaseWindowMs' | 'releaseLeastKeys' | 'releaseShare' | 'releaseKeysKept' | 'releaseHangs'
>;

interface Seen {
  readonly tenant: string;
  readonly likeness: string | undefined;
  readonly atMs: number;
}

/**
 * Tells a bad release from bad events: within a minute most keys fail, all alike. Counted by key and not by event, so that
 * one key that everybody writes to is one key; and by tenant too, because one tenant's trouble (an import of nonsense)
 * must not stop the others.
 *
 * While nothing fails it remembers nothing and costs nothing. Beyond its limit it keeps a sample of the keys, chosen by
 * hash: halving the sample halves failing and healthy keys alike.
 *
 * Handlers that hang fail too slowly for that: a few a minute. They are counted in a row, for as long as it takes: most
 * keys fail where one after the other hangs and none comes to an end in between.
 */
export class ReleaseGuard {
  readonly #limits: ReleaseGuardLimits;
  readonly #clock: Clock;
  /** In the order of their latest outcome. */
  readonly #keys = new Map<string, Seen>();
  #failing = 0;
  /** Likeness by key of the runs that hung since one ended. */
  readonly #hung = new Map<string, string>();
  /** Of 2^32 hash values those below stay; halved when there are too many keys. */
  #sampleBelow = 2 ** 32;

  constructor(limits: ReleaseGuardLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Whether outcomes matter at the moment. Without a failure in sight, those of a batch without failures do not. */
  get isWatching(): boolean {
    this.#forgetOld();
    return this.#failing > 0 || this.#hung.size > 0;
  }

  note(outcomes: readonly KeyOutcome[]): void {
    const atMs = this.#clock();
    for (const { key, tenant, likeness, run } of outcomes) {
      this.#noteRun(key, run === 'hung' ? likeness : undefined, run);
      if (this.#sampleBelow < 2 ** 32 && hashOf(key) >= this.#sampleBelow) continue;
      this.#remove(key);
      this.#keys.set(key, { tenant, likeness, atMs });
      if (likeness !== undefined) this.#failing += 1;
      if (this.#keys.size > this.#limits.releaseKeysKept) this.#halve();
    }
    this.#forgetOld();
  }

  /** What most keys, of most tenants, fail with; undefined when the release may be a good one. */
  verdict(): BadRelease | undefined {
    this.#forgetOld();
    const { releaseLeastKeys, releaseShare, releaseHangs } = this.#limits;
    const [hanging] = this.#hung.values();
    if (hanging !== undefined && this.#hung.size >= releaseHangs)
      return { likeness: hanging, failingKeys: this.#hung.size, keys: this.#hung.size };
    const scale = 2 ** 32 / this.#sampleBelow;
    const isMost = (count: number): boolean =>
      count * scale >= releaseLeastKeys && count > releaseShare * this.#keys.size;
    // Seldom passed, so a trickle of bad events costs no closer look.
    if (!isMost(this.#failing)) return undefined;
    const worst = mostFrequent([...this.#keys.values()].flatMap(({ likeness }) => likeness ?? []));
    if (worst === undefined || !isMost(worst.count)) return undefined;
    if (!this.#hitsMostTenants(worst.value)) return undefined;
    return { likeness: worst.value, failingKeys: worst.count * scale, keys: this.#keys.size * scale };
  }

  /** Forgets everything: what comes next is judged by itself. */
  reset(): void {
    this.#hung.clear();
    this.#forgetKeys();
  }

  #forgetKeys(): void {
    this.#keys.clear();
    this.#failing = 0;
    this.#sampleBelow = 2 ** 32;
  }

  #noteRun(key: string, hanging: string | undefined, run: KeyOutcome['run']): void {
    if (run === 'none') return;
    const [before] = this.#hung.values();
    if (hanging === undefined || hanging !== (before ?? hanging)) this.#hung.clear();
    if (hanging !== undefined) this.#hung.set(key, hanging);
  }

  #hitsMostTenants(likeness: string): boolean {
    const { releaseShare } = this.#limits;
    const tenants = [...Map.groupBy(this.#keys.values(), ({ tenant }) => tenant).values()];
    const hit = tenants.filter(
      (seen) => seen.filter((each) => each.likeness === likeness).length > releaseShare * seen.length,
    );
    return hit.length > releaseShare * tenants.length;
  }

  #forgetOld(): void {
    const sinceMs = this.#clock() - this.#limits.releaseWindowMs;
    for (const [key, { atMs }] of this.#keys) {
      if (atMs > sinceMs) break;
      this.#remove(key);
    }
    // The healthy keys were there to compare the failing ones with.
    if (this.#failing === 0) this.#forgetKeys();
  }

  #halve(): void {
    this.#sampleBelow /= 2;
    for (const key of this.#keys.keys()) if (hashOf(key) >= this.#sampleBelow) this.#remove(key);
  }

  #remove(key: string): void {
    const seen = this.#keys.get(key);
    if (seen === undefined) return;
    this.#keys.delete(key);
    if (seen.likeness !== undefined) this.#failing -= 1;
  }
}

/** The value that is there most often, and how often. */
export function mostFrequent(
  values: readonly string[],
): { readonly value: string; readonly count: number } | undefined {
  let most: { value: string; count: number } | undefined;
  for (const [value, { length: count }] of Map.groupBy(values, (each) => each)) {
    if (most === undefined || count > most.count) most = { value, count };
  }
  return most;
}

/** FNV-1a, 32 bits, with a last stir: its high bits alone are too regular for keys that differ at the end only. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
