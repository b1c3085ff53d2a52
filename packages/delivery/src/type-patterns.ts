import { TrunklineError } from '@trunkline/core';
import { sentTypes } from '@trunkline/payload';

import { endpointLimits } from './limits.ts';

/**
 * What types an endpoint wants: `payments.payment.succeeded`, `payments.*` (every type of a domain), `payments.payment.*`,
 * `*.*.failed`, or `**` for all. What is told of webhooks out themselves has to be named: `delivery.*`. A `*` at the end stands for all the words that follow, any other for one word.
 */
export function matchesType(pattern: string, type: string): boolean {
  if (type.startsWith(ownPrefix) && !pattern.startsWith(ownPrefix)) return false;
  if (pattern === '**') return true;
  const wanted = pattern.split('.');
  const words = type.split('.');
  const isOpen = wanted.at(-1) === '*';
  if (isOpen ? words.length < wanted.length : words.length !== wanted.length) return false;
  return wanted.every((word, index) => word === '*' || word === words[index]);
}

const ownPrefix = 'delivery.';

/** Reads patterns as people write them. Throws `config_invalid` for one that no type of this build fits. */
export function readTypePatterns(given: readonly string[]): readonly string[] {
  const patterns = [...new Set(given.map((pattern) => pattern.trim()).filter((pattern) => pattern !== ''))];
  if (patterns.length === 0 || patterns.length > endpointLimits.typePatterns)
    throw invalid(`name 1 to ${endpointLimits.typePatterns} types or patterns: payments.*, *.*.failed, or ** for all`);
  for (const pattern of patterns) {
    if (!sentTypes.some((type) => matchesType(pattern, type)))
      throw invalid(`no event has a type like ${JSON.stringify(pattern)}${hintOf(pattern)}`);
  }
  return patterns;
}

/** The types of this build that one of the patterns fits. */
export function typesNamed(patterns: readonly string[]): readonly string[] {
  return sentTypes.filter((type) => patterns.some((pattern) => matchesType(pattern, type)));
}

/** Types with the same first words. */
function hintOf(pattern: string): string {
  const words = pattern.split('.');
  for (let count = words.length - 1; count > 0; count -= 1) {
    const prefix = `${words.slice(0, count).join('.')}.`;
    const alike = sentTypes.filter((type) => type.startsWith(prefix));
    if (alike.length > 0) return `; there is ${alike.slice(0, 8).join(', ')}`;
  }
  return `; the domains are ${[...new Set(sentTypes.map((type) => type.split('.')[0]))].join(', ')}`;
}

function invalid(problem: string): TrunklineError {
  return new TrunklineError('config_invalid', problem);
}
