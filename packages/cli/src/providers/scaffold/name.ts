import { TrunklineError } from '@trunkline/core';

/** Words that cannot name a constant, and those that are taken in every file of a provider. */
const reserved: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false ' +
    'finally for function if implements import in instanceof interface let new null package private protected public return ' +
    'static super switch this throw true try typeof undefined var void while with yield'
  ).split(' '),
);

/** Refuses what cannot be a folder, a word of trunkline.yaml and a constant at once. */
export function checkName(name: string): void {
  if (!/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name) || name.length > 32) {
    throw new TrunklineError(
      'config_invalid',
      `${JSON.stringify(name)} cannot name a provider: lower-case letters and digits, words joined by _, at most 32 characters`,
    );
  }
  if (reserved.has(name)) {
    throw new TrunklineError('config_invalid', `${name} is a word of JavaScript: add one, such as ${name}_webhooks`);
  }
}
