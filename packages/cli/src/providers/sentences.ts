import type { ProviderFacts } from './facts.ts';

/** What of a request is proven, in one sentence. */
export function proofSentence(proof: ProviderFacts['proof']): string {
  const where = [
    ...(proof.credentialHeaders.length === 0 ? [] : [`in ${proof.credentialHeaders.join(', ')}`]),
    ...(proof.bodyCredentials === undefined ? [] : [`in the body at ${proof.bodyCredentials.join(', ')}`]),
  ].join(' and ');
  const covered = [
    ...(proof.body === 'none' ? [] : [proof.body === 'all' ? 'the whole body' : 'each item of a batch by itself']),
    ...(proof.url ? ['the public URL'] : []),
    ...(proof.timestamp === undefined ? [] : ['the time of signing']),
  ];
  return `${where || 'in the request'}; covers ${covered.length === 0 ? 'nothing but itself' : covered.join(', ')}`;
}

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
