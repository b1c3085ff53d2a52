import { crc32 } from 'node:zlib';

import { expect, it } from 'vitest';

import { isFormType, readFormBody } from '../contract/form-body.ts';
import { type ReceivedRequest, singleHeader } from '../contract/request.ts';
import { outcomeOf, type ProviderCases, signed, type Subject } from './conformance.ts';
import { positions } from './tampering.ts';

/** A signed request that is read otherwise, made of the same bytes or with the same checksum. */
type Forgery = (request: ReceivedRequest) => readonly ReceivedRequest[];

const forgeries: readonly (readonly [name: string, forge: Forgery])[] = [
  ['a body with the same CRC-32', withSameChecksum],
  ['a form whose names and values are cut apart elsewhere', withOtherCuts],
  ['a form with "&" or "=" for "_"', withOtherMarks],
  ['bytes moved between the query and the body', withMovedBytes],
];

/** What a coverage promises of the body holds for bodies that are made to fit a weak proof; what it leaves out is so. */
export function describeCoverage<O>(subject: Subject<O>, { gap }: Pick<ProviderCases<O>, 'gap'>): void {
  const { body, notProven = [] } = subject.definition.coverage(subject.settings.options);

  it('says what is not proven where the proof covers all but something', () => {
    expect(notProven.every((sentence) => sentence.trim() !== '')).toBe(true);
    expect(body === 'all_but' ? notProven : ['said']).not.toEqual([]);
  });

  it.for(body === 'all' ? forgeries : [])('refuses %s', ([, forge]) => {
    const accepted = forge(signed(subject)).filter((request) => outcomeOf(subject, request) === 'accepted');

    expect(accepted).toEqual([]);
  });

  it.for(gap === undefined ? [] : [gap])('really does not prove what it leaves out', (change) => {
    const request = signed(subject);

    const changed = change(request);

    expect(body).toBe('all_but');
    expect(Buffer.from(changed.body).equals(request.body)).toBe(false);
    expect(outcomeOf(subject, changed)).toBe('accepted');
  });
}

/** The body with a blank behind it and four bytes that bring the checksum back. */
export function withSameChecksum(request: ReceivedRequest): readonly ReceivedRequest[] {
  const changed = Buffer.concat([request.body, Buffer.from(' ')]);
  return [{ ...request, body: Buffer.concat([changed, bytesTo(crc32(request.body), crc32(changed))]) }];
}

/** Four bytes that lead from one state of a CRC-32 to another: the table is walked backwards, then forwards. */
function bytesTo(wanted: number, from: number): Buffer {
  const indexes: number[] = [];
  let state = ~wanted >>> 0;
  for (let at = 0; at < 4; at += 1) {
    const index = table.findIndex((entry) => entry >>> 24 === state >>> 24);
    indexes.unshift(index);
    state = ((state ^ (table[index] ?? 0)) << 8) | index;
  }
  const bytes = Buffer.alloc(4);
  let now = ~from >>> 0;
  for (const [at, index] of indexes.entries()) {
    bytes[at] = (now ^ index) & 0xff;
    now = ((now >>> 8) ^ (table[index] ?? 0)) >>> 0;
  }
  return bytes;
}

const table = Array.from({ length: 256 }, (_, index) => {
  let entry = index;
  for (let bit = 0; bit < 8; bit += 1) entry = entry & 1 ? 0xedb88320 ^ (entry >>> 1) : entry >>> 1;
  return entry >>> 0;
});

/** Every "=" of a form one place to the left, and one to the right. */
function withOtherCuts(request: ReceivedRequest): readonly ReceivedRequest[] {
  return changedForms(request, (name, value) => [
    [name + value.slice(0, 1), value.slice(1)],
    [name.slice(0, -1), name.slice(-1) + value],
  ]);
}

/** Every value with its first "_" written as the marks that some schemes sign as one. */
function withOtherMarks(request: ReceivedRequest): readonly ReceivedRequest[] {
  return changedForms(request, (name, value) => [
    [name, value.replace('_', '&')],
    [name, value.replace('_', '=')],
    [`${name}=${value}`, ''],
    [`${name}&`, value],
  ]);
}

type Pair = readonly [name: string, value: string];

function changedForms(
  request: ReceivedRequest,
  change: (...pair: Pair) => readonly Pair[],
): readonly ReceivedRequest[] {
  const form = isFormType(singleHeader(request, 'content-type')) ? readFormBody(request.body) : undefined;
  if (form?.readable !== true) return [];
  return form.parameters.flatMap((pair, index) =>
    change(...pair)
      .filter((changed) => changed.some((part, at) => part !== pair[at]))
      .map((changed) => ({
        ...request,
        body: Buffer.from(
          form.parameters
            .toSpliced(index, 1, changed)
            .map((each) => each.map(encodeURIComponent).join('='))
            .join('&'),
        ),
      })),
  );
}

function withMovedBytes(request: ReceivedRequest): readonly ReceivedRequest[] {
  const mark = request.publicUrl.includes('?') ? '' : '?';
  const text = Buffer.from(request.body).toString('latin1');
  const toQuery = positions(Math.min(text.length, 64), 64).map((at) => {
    const moved = text.slice(0, at + 1);
    return { ...withQuery(request, mark + moved), body: request.body.subarray(at + 1) };
  });
  const query = request.publicUrl.includes('?') ? request.publicUrl.slice(request.publicUrl.indexOf('?') + 1) : '';
  const toBody = positions(query.length, 64).map((at) => ({
    ...request,
    publicUrl: request.publicUrl.slice(0, -at - 1),
    target: request.target.slice(0, -at - 1),
    body: Buffer.concat([Buffer.from(query.slice(-at - 1)), request.body]),
  }));
  return [...toQuery, ...toBody];
}

function withQuery(request: ReceivedRequest, end: string): ReceivedRequest {
  return { ...request, publicUrl: request.publicUrl + end, target: request.target + end };
}
