import { describe, expect, it } from 'vitest';

import { type CaptureEntry, type CaptureFile, mostCaptures, readCaptureFile } from './capture-file.ts';

const read = (text: string, lines = false): CaptureFile => readCaptureFile(Buffer.from(text), { lines });
const bodyOf = (entry: CaptureEntry | undefined): string =>
  entry !== undefined && 'captured' in entry ? Buffer.from(entry.captured.request.body).toString('utf8') : 'unreadable';

const harEntry = {
  startedDateTime: '2026-03-02T10:15:30.000Z',
  request: {
    method: 'POST',
    url: 'https://hooks.example.com/hooks/src_a?b=%20&a',
    httpVersion: 'HTTP/2',
    headers: [
      { name: ':authority', value: 'hooks.example.com' },
      { name: 'stripe-signature', value: 't=1,v1=a' },
    ],
    postData: { mimeType: 'application/json', text: '{"é":1}' },
  },
  response: { status: 401 },
};

describe('a file of captured requests', () => {
  it('may be an entry of a HAR: the address as it stands there, without the pseudo headers of HTTP/2', () => {
    const file = read(JSON.stringify(harEntry, null, 2));

    expect(file).toMatchObject({
      many: false,
      entries: [
        {
          captured: {
            request: {
              method: 'POST',
              target: '/hooks/src_a?b=%20&a',
              url: 'https://hooks.example.com/hooks/src_a?b=%20&a',
              headers: [['stripe-signature', 't=1,v1=a']],
            },
            settings: {},
          },
        },
      ],
    });
    expect(bodyOf(file.entries[0])).toBe('{"é":1}');
  });

  it('may be a whole HAR, or a list', () => {
    const whole = read(JSON.stringify({ log: { version: '1.2', entries: [harEntry, harEntry] } }));
    const listed = read(JSON.stringify([harEntry, { body: 'x' }]));

    expect([whole.many, whole.entries.map(bodyOf)]).toEqual([true, ['{"é":1}', '{"é":1}']]);
    expect([listed.many, listed.entries.map(bodyOf)]).toEqual([true, ['{"é":1}', 'x']]);
  });

  it.each([
    [{ text: 'aGk=', encoding: 'base64' }, 'hi'],
    [{ params: [{ name: 'From', value: '+1 2' }, { name: 'Empty' }] }, 'From=%2B1+2&Empty='],
  ])('has the body of a HAR in the form %j', (postData, expected) => {
    const file = read(JSON.stringify({ request: { ...harEntry.request, postData } }));

    expect(bodyOf(file.entries[0])).toBe(expected);
  });

  it('may be JSON of a request a line, each with settings of its own', () => {
    const file = read(
      [
        '{"body":"a"}',
        '',
        '{"request":{"body":"b"},"provider":"stripe","source":"src_a","at":"2026-03-02T10:15:30Z","publicUrl":"https://a.example/"}',
        '{"request":"POST / HTTP/1.1\\nA: 1\\n\\nc","secret":"env:S","account":"acct_1","options":{"modes":["test"]},"at":5}',
      ].join('\n'),
    );

    expect(file.many).toBe(true);
    expect(file.entries.map(bodyOf)).toEqual(['a', 'b', 'c']);
    expect(file.entries.map(({ number }) => number)).toEqual([1, 3, 4]);
    expect(file.entries.map((entry) => ('captured' in entry ? entry.captured.settings : undefined))).toEqual([
      {},
      { provider: 'stripe', source: 'src_a', atMs: Date.UTC(2026, 2, 2, 10, 15, 30), publicUrl: 'https://a.example/' },
      { secrets: ['env:S'], account: 'acct_1', options: { modes: ['test'] }, atMs: 5 },
    ]);
  });

  it('may be one line of many when that is said', () => {
    expect(read('{"body":"a"}').many).toBe(false);
    expect(read('{"body":"a"}', true).many).toBe(true);
  });

  it('keeps what can be read beside lines that cannot, and quotes neither', () => {
    const file = read(
      '{"body":"a"}\n{"body":\n{"headers":"whsec_hidden"}\n{"request":{},"secret":{"value":"whsec_hidden"}}\n',
    );

    expect(file.entries.map((entry) => 'captured' in entry)).toEqual([true, false, false, false]);
    expect(JSON.stringify(file.entries)).not.toContain('hidden');
  });

  it('with a byte order mark is read without it', () => {
    expect(bodyOf(read('\ufeff{"body":"a"}').entries[0])).toBe('a');
  });

  it('has a limit of requests, and of bytes for one', () => {
    const tooMany = '{}\n'.repeat(mostCaptures + 1);
    const tooLarge = `POST / HTTP/1.1\n\n${'x'.repeat(12 * 1024 * 1024)}`;

    expect(() => read(tooMany)).toThrow('at most 100000 at a time');
    expect(() => read(tooLarge)).toThrow('at most 12582912 bytes');
  });
});
