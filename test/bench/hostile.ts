import { createHash } from 'node:crypto';

import {
  normalizeDelivery,
  type ProviderDefinition,
  providers,
  type ReceivedRequest,
  Secret,
  type SourceSettings,
  verifyDelivery,
} from '@trunkline/providers';
import { type Fixture, listFixtures, loadFixture, requestOf } from '@trunkline/providers/fixtures';

import type { Bar, Benchmark, BenchReport, BenchRun, Figure } from './benchmark.ts';

const mebibyte = 1024 * 1024;

/** What anybody can post, and what it is held against: a digest of the same bytes for each secret, and two more. */
const forgeries = [
  { words: '1 MiB', bytes: mebibyte, secrets: 1, signatures: 1 },
  { words: '8 MiB, 8 secrets, 16 signatures', bytes: 8 * mebibyte, secrets: 8, signatures: 16 },
] as const;
const spareDigests = 2;

/** What one hostile request costs this process's one thread, by provider; no server takes part. */
export const hostile: Benchmark = {
  name: 'hostile',
  title: 'Cost of hostile requests, by provider',
  question:
    'CPU to refuse a forged request, in digests (SHA-256) of the same bytes in the same round; and nanoseconds a byte to ' +
    'verify and normalise the worst authentic bodies of 256 KiB.',
  run: async (run: BenchRun): Promise<BenchReport> => {
    const subjects = allSubjects();
    const rows = new Map<
      string,
      { readonly ratios: number[]; readonly bar: number | undefined; readonly beside: Record<string, string> }
    >();
    for (let round = 0; round <= run.rounds; round += 1) {
      for (const subject of subjects) {
        run.signal.throwIfAborted();
        for (const measured of [...forgedRows(subject), ...worstRows(subject)]) {
          const row = rows.get(measured.label) ?? { ratios: [], bar: measured.bar, beside: measured.beside };
          // The first round is for the compiler.
          if (round > 0) row.ratios.push(measured.value);
          rows.set(measured.label, row);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (round > 0) run.onProgress(`round ${round} of ${run.rounds}, ${subjects.length} providers`);
    }
    const figures = [...rows].map(([label, { ratios, beside }]): Figure => ({
      label,
      unit: label.includes('worst') ? 'ns/B' : '×',
      perRound: ratios,
      beside,
    }));
    const bars = [...rows].flatMap(([label, { bar }]): Bar[] =>
      bar === undefined ? [] : [{ figure: label, is: 'at most', first: bar }],
    );
    return { figures, bars, notes };
  },
};

const notes: readonly string[] = [
  'A forged request has a proof of the right form made with another secret, and a body of its provider’s kind.',
  'Proof in the body (Mailgun, Microsoft Graph): the body is read before anything can be refused. Its reader’s own cost is beside, and no bar is set.',
  'Ed25519 (Telnyx) digests with SHA-512 by definition, once for each key: it is held against that.',
];

interface Subject {
  readonly provider: ProviderDefinition;
  readonly fixture: Fixture;
  readonly options: unknown;
}

interface Measured {
  readonly label: string;
  readonly value: number;
  readonly bar: number | undefined;
  readonly beside: Record<string, string>;
}

function allSubjects(): readonly Subject[] {
  const all: readonly ProviderDefinition[] = providers;
  return all.flatMap((provider) => {
    const fixtures = listFixtures(provider.name).map((name) => loadFixture(provider.name, name));
    const signed = fixtures.find(
      ({ options }) => provider.coverage(provider.options.parse(options ?? {})).body !== 'none',
    );
    const fixture = signed ?? fixtures[0];
    return fixture === undefined ? [] : [{ provider, fixture, options: provider.options.parse(fixture.options ?? {}) }];
  });
}

function forgedRows(subject: Subject): readonly Measured[] {
  const { provider, options } = subject;
  const inBody = provider.coverage(options).bodyCredentials !== undefined;
  return forgeries.map(({ words, bytes, secrets, signatures }): Measured => {
    const settings = settingsOf(subject, secrets);
    const request = forged(subject, { bytes, signatures });
    const algorithm = provider.name === 'telnyx' ? 'sha512' : 'sha256';
    const digestUs = leastUs(() => createHash(algorithm).update(request.body).digest());
    const costUs = leastUs(() => verifyDelivery({ provider, settings }, request, nowMs));
    const readerUs = inBody ? leastUs(() => void Buffer.from(request.body).toString('utf8').length) : 0;
    return {
      label: `${provider.name}, ${words}`,
      value: costUs / digestUs,
      bar: inBody ? undefined : secrets + spareDigests,
      beside: {
        µs: costUs.toFixed(0),
        step: stepOf(provider, settings, request),
        reader: inBody ? `${(((costUs - readerUs) / bytes) * 1000).toFixed(2)} ns/B` : '',
      },
    };
  });
}

const nowMs = Date.now();

function settingsOf({ provider, fixture, options }: Subject, secrets: number): SourceSettings {
  const key = `${provider.name} ${secrets}`;
  const made = secretsMade.get(key) ?? Array.from({ length: secrets }, () => new Secret(provider.secrets.generate()));
  secretsMade.set(key, made);
  return {
    sourceId: 'src_hostile',
    tenantId: 'tnt_bench',
    secrets: made,
    options,
    ...(fixture.account === undefined ? {} : { account: fixture.account }),
  };
}

/** Making a key takes longer than what is measured. */
const secretsMade = new Map<string, readonly Secret[]>();

/** Signed with a secret that nobody configured, over a body of that many bytes, its signatures listed so many times. */
function forged(
  subject: Subject,
  { bytes, signatures }: { readonly bytes: number; readonly signatures: number },
): ReceivedRequest {
  const key = `${subject.provider.name} ${bytes} ${signatures}`;
  const known = requestsMade.get(key);
  if (known !== undefined) return known;
  const { provider, fixture, options } = subject;
  const settings = { ...settingsOf(subject, 1), secrets: [new Secret(provider.secrets.generate())], options };
  const unsigned = requestOf(fixture, 'https://hooks.example.com/hooks/src_hostile');
  const inBody = provider.coverage(options).bodyCredentials !== undefined;
  const grown = { ...unsigned, body: grownBody(Buffer.from(unsigned.body), bytes) };
  const signed = provider.sign(inBody ? grown : unsigned, settings, nowMs);
  const request: ReceivedRequest = {
    ...signed,
    body: inBody ? signed.body : grown.body,
    headers: signed.headers.map(([name, value]) => [name, listed(value, signatures)] as const),
  };
  requestsMade.set(key, request);
  return request;
}

const requestsMade = new Map<string, ReceivedRequest>();

/** A header that may list signatures lists as many. */
function listed(value: string, signatures: number): string {
  if (signatures === 1) return value;
  if (/^v1,\S+$/.test(value)) return Array.from({ length: signatures }, () => value).join(' ');
  const [time = '', separator = '', signature = ''] = /^(t=\d+)(, ?)(v1=[0-9a-f]+)$/.exec(value)?.slice(1) ?? [];
  return signature === '' ? value : [time, ...Array.from({ length: signatures }, () => signature)].join(separator);
}

/** JSON with a long text in it, a form with a long value, XML with a long blank. */
function grownBody(body: Buffer, bytes: number): Buffer {
  const text = body.toString('utf8');
  const padding = 'a'.repeat(Math.max(0, bytes - body.length - 32));
  if (/^\s*\[/.test(text)) return Buffer.from(text.replace(/\]\s*$/, `,{"padding":"${padding}"}]`));
  if (/^\s*\{/.test(text)) return Buffer.from(text.replace(/\}\s*$/, `,"padding":"${padding}"}`));
  if (text.startsWith('<')) return Buffer.from(`${text}${' '.repeat(padding.length)}`);
  return Buffer.from(text === '' ? padding : `${text}&Padding=${padding}`);
}

const worstBytes = 256 * 1024;

/** Bodies that make a careless reader slow, in the place of what a provider sends. */
const worstBodies: readonly (readonly [name: string, make: (bytes: number) => string])[] = [
  ['short numbers', (bytes) => `{"id":"a","list":[${'0,'.repeat(bytes / 2 - 20)}0]}`],
  [
    'short members',
    (bytes) => `{${Array.from({ length: Math.floor(bytes / 12) }, (_, at) => `"${at}":"a"`).join(',')}}`,
  ],
  ['escapes', (bytes) => `{"id":"${String.raw`\u0041`.repeat(bytes / 6 - 10)}"}`],
  ['empty items', (bytes) => `[${'{},'.repeat(bytes / 3 - 5)}{}]`],
  ['nesting', (bytes) => `[${`${'['.repeat(60)}${']'.repeat(60)},`.repeat(bytes / 121 - 1)}0]`],
];

function worstRows(subject: Subject): readonly Measured[] {
  const { provider } = subject;
  const settings = settingsOf(subject, 1);
  const unsigned = requestOf(subject.fixture, 'https://hooks.example.com/hooks/src_hostile');
  const costs = worstBodies.flatMap(([name, make]) => {
    const request = provider.sign({ ...unsigned, body: Buffer.from(make(worstBytes)) }, settings, nowMs);
    const verified = verifyDelivery({ provider, settings }, request, nowMs);
    // Where the proof has no place in such a body, it is a forged one.
    const costUs = leastUs(() => {
      const result = verifyDelivery({ provider, settings }, request, nowMs);
      if (result.ok) normalizeDelivery(provider, result.delivery);
    }, 2);
    return [{ name: verified.ok ? name : `${name} (refused)`, nsPerByte: (costUs * 1_000) / request.body.length }];
  });
  const worst = costs.toSorted((left, right) => right.nsPerByte - left.nsPerByte)[0];
  if (worst === undefined) return [];
  return [
    { label: `${provider.name}, worst 256 KiB`, value: worst.nsPerByte, bar: undefined, beside: { step: worst.name } },
  ];
}

function stepOf(provider: ProviderDefinition, settings: SourceSettings, request: ReceivedRequest): string {
  const result = verifyDelivery({ provider, settings }, request, nowMs);
  return result.ok ? 'accepted' : result.step;
}

/** The least of some runs: what else runs on the machine only adds to one. */
function leastUs(work: () => unknown, runs = 3): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return Math.max(least, 1);
}
