import type { Attempt, Mistake } from './mistake.ts';

/** An editor, a shell or a log took away what stood at the end of the body, or added to it. */
export const bodyEnds: Mistake = {
  name: 'body_ends',
  action: 'capture and pass on the body byte for byte: an editor, a shell or a log changed its ends',
  steps: ['signature_mismatch', 'body_hash_mismatch'],
  *attempts({ request, coverage }): Iterable<Attempt> {
    if (coverage.body === 'none') return;
    const body = Buffer.from(request.body);
    for (const [ending, words] of endings) {
      yield { would: `the body ended in ${words}`, request: { ...request, body: Buffer.concat([body, ending]) } };
      if (body.subarray(-ending.length).equals(ending)) {
        yield {
          would: `the body did not end in ${words}`,
          request: { ...request, body: body.subarray(0, -ending.length) },
        };
      }
    }
    const text = body.toString('latin1');
    const trimmed = text.trim();
    if (trimmed !== text) {
      yield {
        would: 'the body had no white space around it',
        request: { ...request, body: Buffer.from(trimmed, 'latin1') },
      };
    }
    yield body.subarray(0, 3).equals(mark)
      ? { would: 'the body did not begin with a byte order mark', request: { ...request, body: body.subarray(3) } }
      : { would: 'the body began with a byte order mark', request: { ...request, body: Buffer.concat([mark, body]) } };
  },
};

const mark = Buffer.from([0xef, 0xbb, 0xbf]);

const endings: readonly (readonly [ending: Buffer, words: string])[] = [
  [Buffer.from('\n'), 'a newline'],
  [Buffer.from('\r\n'), 'a carriage return and a newline'],
  [Buffer.from(' '), 'a blank'],
];
