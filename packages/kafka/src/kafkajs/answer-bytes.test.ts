import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AnswerReader, SpareBytes, useOf } from './answer-bytes.ts';

function answerOf(size: number, fill: number): Buffer {
  const bytes = Buffer.alloc(4 + size, fill);
  bytes.writeInt32BE(size, 0);
  return bytes;
}

/** As a socket does it: into the bytes it is given, as many as fit and as there are. */
function receive(reader: AnswerReader, bytes: Buffer, mostAtOnce = Number.MAX_SAFE_INTEGER): void {
  for (let at = 0; at < bytes.length;) {
    const room = reader.next();
    const count = Math.min(room.length, bytes.length - at, mostAtOnce);
    bytes.copy(room, 0, at, at + count);
    reader.take(count);
    at += count;
  }
}

function open(spare = new SpareBytes()): { readonly reader: AnswerReader; readonly answers: Buffer[] } {
  const answers: Buffer[] = [];
  return { reader: new AnswerReader(spare, (answer) => answers.push(answer)), answers };
}

const large = 200_000;
const nothing = Buffer.alloc(0);

describe('the reader of answers', () => {
  it('gives out each answer whole, however its bytes come', () => {
    const sizes = fc.array(fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(65_531, 65_532, 65_533, large)), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(sizes, fc.constantFrom(1, 3, 1_000, 65_536, 1_000_000), (sizes, mostAtOnce) => {
        const sent = sizes.map((size, index) => answerOf(size, index + 1));
        const { reader, answers } = open();

        receive(reader, Buffer.concat(sent), mostAtOnce);

        expect(answers.length).toBe(sent.length);
        expect(answers.every((answer, index) => sent[index]?.equals(answer))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a length that no answer has', () => {
    for (const length of [-1, 0x48_54_54_50]) {
      const bytes = Buffer.alloc(8);
      bytes.writeInt32BE(length, 0);

      expect(() => receive(open().reader, bytes)).toThrow(RangeError);
    }
  });
});

describe('the bytes of a large answer', () => {
  it('are those of the next one once every part of it is used up', () => {
    const { reader, answers } = open();

    receive(reader, answerOf(large, 1));
    const [first = nothing] = answers;
    const use = useOf(first.subarray(1_000));
    for (const step of ['begin', 'begin', 'end', 'end'] as const) use?.[step]();
    receive(reader, answerOf(large + 1_000, 2));

    expect(answers[1]?.buffer).toBe(first.buffer);
  });

  it('are left alone while a part is in use, and where nobody has said that none is', () => {
    const spare = new SpareBytes();
    const [one, other] = [open(spare), open(spare)];

    receive(one.reader, answerOf(large, 1));
    const [first = nothing] = one.answers;
    for (const step of ['begin', 'begin', 'end'] as const) useOf(first)?.[step]();
    for (let fill = 2; fill < 5; fill += 1) receive(other.reader, answerOf(large, fill));

    expect([first, ...other.answers].map((answer) => [...new Set(answer.subarray(4))])).toEqual([[1], [2], [3], [4]]);
  });

  it('are given back once, however often it is said', () => {
    const { reader, answers } = open();
    receive(reader, answerOf(large, 1));
    const use = useOf(answers[0] ?? nothing);

    for (const step of ['begin', 'end', 'end'] as const) use?.[step]();
    receive(reader, answerOf(large, 2));
    use?.end();
    receive(reader, answerOf(large, 3));

    expect(answers[1]?.buffer).toBe(answers[0]?.buffer);
    expect(answers[2]?.buffer).not.toBe(answers[1]?.buffer);
  });

  it('are not those of a small one, which may come while a large one is in use', () => {
    const { reader, answers } = open();

    receive(reader, answerOf(large, 1));
    receive(reader, answerOf(1_000, 2));

    expect(answers[1]?.buffer).not.toBe(answers[0]?.buffer);
  });
});
