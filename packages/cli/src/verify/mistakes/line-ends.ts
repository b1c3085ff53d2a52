import type { Attempt, Mistake } from './mistake.ts';

/** A checkout, an editor or a copy over a terminal changed the line ends of the body. */
export const lineEnds: Mistake = {
  name: 'line_ends',
  action: 'capture and pass on the body byte for byte: something changed its line ends',
  steps: ['signature_mismatch', 'body_hash_mismatch'],
  *attempts({ request, coverage }): Iterable<Attempt> {
    if (coverage.body === 'none') return;
    // Latin-1 maps every byte to one character and back.
    const text = Buffer.from(request.body).toString('latin1');
    const unix = text.replaceAll('\r\n', '\n');
    const windows = unix.replaceAll('\n', '\r\n');
    const last = /\r?\n$/.exec(text)?.[0] ?? '';
    const variants: readonly (readonly [changed: string, would: string])[] = [
      [windows, 'its lines ended in CR LF'],
      [unix, 'its lines ended in LF'],
      [windows.replace(/\r\n$/, ''), 'its lines ended in CR LF, the last in nothing'],
      [unix.replace(/\n$/, ''), 'its lines ended in LF, the last in nothing'],
      [`${windows.replace(/\r\n$/, '')}${last === '' ? '\r\n' : ''}`, 'every line ended in CR LF, the last too'],
      [text.replaceAll(/\r?\n/g, ''), 'the body stood on one line'],
    ];
    for (const [changed, would] of variants) {
      if (changed !== text) yield { would, request: { ...request, body: Buffer.from(changed, 'latin1') } };
    }
  },
};
