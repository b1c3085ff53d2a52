import { compareVersions, correctionOf } from '@trunkline/events';

import type { Fact, FactName } from './facts.ts';

/** A fact as it is kept: one row of payments.ledger_fact. */
export interface KnownFact extends Fact {
  /** The name of its row: that of the fact for the first thing that was said, `<fact>@<version>` for another. */
  readonly row: string;
}

/** What is known of one object after something was told, and what of it is new. */
export interface Learned {
  readonly known: readonly KnownFact[];
  readonly added: readonly KnownFact[];
  /** Said before, and now by a newer version. */
  readonly raised: readonly KnownFact[];
}

/**
 * Adds what was told to what is known of an object. What is kept of each different thing that was said is the newest
 * version that said so, which is the same in whatever order and how often it is told.
 */
export function learn(before: readonly KnownFact[], told: readonly Fact[]): Learned {
  const sayings = new Map(before.map((fact): [string, Saying] => [sayingOf(fact), { fact, change: undefined }]));
  for (const fact of told) {
    const saying = sayingOf(fact);
    const same = sayings.get(saying);
    if (same === undefined) sayings.set(saying, { fact: { ...fact, row: rowName(fact, sayings) }, change: 'added' });
    else if (compareVersions(fact.version, same.fact.version) > 0)
      sayings.set(saying, { fact: { ...same.fact, version: fact.version }, change: same.change ?? 'raised' });
  }
  const all = [...sayings.values()];
  const changed = (how: Change): readonly KnownFact[] =>
    all.filter(({ change }) => change === how).map(({ fact }) => fact);
  return { known: all.map(({ fact }) => fact), added: changed('added'), raised: changed('raised') };
}

type Change = 'added' | 'raised';

/** One thing that was said of an object, and what became of it now. */
interface Saying {
  readonly fact: KnownFact;
  readonly change: Change | undefined;
}

/** Of each fact what the newest version says. */
export function newestOf(known: readonly KnownFact[]): ReadonlyMap<FactName, KnownFact> {
  const newest = new Map<FactName, KnownFact>();
  for (const fact of known) {
    const other = newest.get(fact.name);
    if (other === undefined || compareVersions(other.version, fact.version) < 0) newest.set(fact.name, fact);
  }
  return newest;
}

/** Fees are told as they grow; the amount of everything else is told for good. */
const growing: ReadonlySet<FactName> = new Set(['payment.fee', 'refund.fee', 'dispute.fee']);

/** Whether the same thing was said with different amounts, and the newest of them is no correction. */
export function isContradicted(known: readonly KnownFact[]): boolean {
  if (known.length < 2) return false;
  const newest = newestOf(known);
  return known.some((fact) => {
    const last = newest.get(fact.name);
    return last !== undefined && last !== fact && !growing.has(fact.name) && correctionOf(last.version) === 0;
  });
}

/** Whether a fact was kept beside another one of its name that says otherwise, though only one can be true. */
export function saysOtherwise({ row, name }: KnownFact): boolean {
  return row !== name && !growing.has(name);
}

function sayingOf({ name, money }: Fact): string {
  return money === null ? name : `${name} ${money.amount} ${money.currency}`;
}

function rowName({ name, version }: Fact, sayings: ReadonlyMap<string, Saying>): string {
  return [...sayings.values()].some(({ fact }) => fact.name === name) ? `${name}@${version}` : name;
}
