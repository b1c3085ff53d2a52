import type { ProviderFacts } from './facts.ts';

/** What of a request is proven, in one sentence. */
export function proofSentence(proof: ProviderFacts['proof']): string {
  const where = [
    ...(proof.credentialHeaders.length === 0 ? [] : [`in ${proof.credentialHeaders.join(', ')}`]),
    ...(proof.bodyCredentials === undefined ? [] : [`in the body at ${proof.bodyCredentials.join(', ')}`]),
    ...(proof.credentialParameters === undefined ? [] : [`in the query at ${proof.credentialParameters.join(', ')}`]),
  ].join(' and ');
  const covered = [
    ...coveredBody[proof.body],
    ...(proof.url ? ['the public URL'] : []),
    ...(proof.timestamp === undefined ? [] : ['the time of signing']),
  ];
  return `${where || 'in the request'}; covers ${covered.length === 0 ? 'nothing but itself' : covered.join(', ')}`;
}

const coveredBody: Readonly<Record<ProviderFacts['proof']['body'], readonly string[]>> = {
  all: ['the whole body'],
  all_but: ['the body, but not all of it'],
  items: ['each item of a batch by itself'],
  none: [],
};

/** Where the account of an event comes from, in one sentence. */
export function accountSentence({ account, title }: Pick<ProviderFacts, 'account' | 'title'>): string {
  const found = account.whereToFind === undefined ? '' : ` ${account.whereToFind}`;
  const example = account.example === undefined ? '' : ` (such as ${account.example})`;
  switch (account.from) {
    case 'payload':
      return found === ''
        ? `Every message of ${title} names it.`
        : `Messages of ${title} name it. The setting \`account\`${example}:${found}.`;
    case 'configured':
      return `Set \`account\` of the source${example}:${found === '' ? ` the account at ${title}` : found}.`;
    case 'source':
      return 'The source itself; nothing to set.';
  }
}

/** Which types of the provider arrive as they came, in one sentence. */
export function passedOnSentence({ passedOn }: Pick<ProviderFacts, 'passedOn'>, mark = (name: string) => name): string {
  if (passedOn.length === 0) return 'Whatever the sender calls its messages.';
  return `${passedOn.map(mark).join(', ')}; and what the provider adds after this list was made.`;
}
