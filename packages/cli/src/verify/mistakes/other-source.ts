import type { Attempt, Mistake } from './mistake.ts';
import { mismatches } from './mistake.ts';

/** A test secret for live, or endpoints mixed up: it was signed for another configured source of the provider. */
export const otherSource: Mistake = {
  name: 'other_source',
  action: 'let the provider post to the address of that source, or give this one its secret',
  steps: [...mismatches, 'no_usable_secret', 'unknown_key', 'unsupported_version'],
  *attempts({ others, request }): Iterable<Attempt> {
    for (const source of others) {
      const { sourceId } = source.settings;
      const would = `it had come to the source ${sourceId}: it was signed with a secret of that one (test for live, or two endpoints mixed up)`;
      yield { would, source, request };
      // Where the address is part of the proof, it was signed for that source's address.
      const here = `/hooks/${encodeURIComponent(sourceId)}`;
      const readdress = (url: string): string => url.replace(/\/hooks\/[^/?#]+/, here);
      const readdressed = { ...request, target: readdress(request.target), publicUrl: readdress(request.publicUrl) };
      if (readdressed.publicUrl !== request.publicUrl) yield { would, source, request: readdressed };
    }
  },
};
