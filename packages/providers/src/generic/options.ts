import { z } from 'zod';

import { headerName, secretHeaderName } from '../contract/header-name.ts';
import { parseTemplate, signedHeadersIn } from './template.ts';

const pointer = z
  .string()
  .regex(
    /^(?:(?:\/(?:[^~/]|~0|~1)*)+|header:[A-Za-z0-9-]{1,100})$/,
    'write a JSON pointer such as /data/id, or header:Name',
  )
  .describe('A JSON pointer into the body (/data/id), or header:Name for a header that the signature covers.');

const eventOptions = z
  .strictObject({
    id: pointer
      .optional()
      .describe(
        'Where the unique id of the event is: a JSON pointer (/data/id), or header:Name for a header that is signed. Without it every reception is a new event.',
      ),
    entity: pointer
      .optional()
      .describe('Where the id of the thing is that events must stay in order for, written like id.'),
    type: pointer.optional().describe("Where the event's own name is, written like id."),
    time: pointer.optional().describe('Where the time of the event is, written like id.'),
    timeFormat: z
      .enum(['iso', 's', 'ms'])
      .default('iso')
      .describe('How the time is written: ISO 8601 with an offset, seconds, or milliseconds since 1970.'),
  })
  .default({ timeFormat: 'iso' })
  .describe('Where the parts of an event are in a request.');

/** What any kind of source may be told about how it is posted to. */
const transport = {
  contentEncoding: z
    .enum(['gzip'])
    .optional()
    .describe('Set it when the sender packs bodies (Content-Encoding: gzip). bodyLimitBytes counts before and after.'),
  probes: z
    .array(z.enum(['GET', 'OPTIONS']))
    .default([])
    .describe(
      'How the sender asks whether the address is there: GET is answered 200, OPTIONS as CloudEvents want it (WebHook-Allowed-Origin). Nothing is published for either. HEAD is always answered.',
    ),
};

/** Which bytes the sender signs where it packs. */
const signatureOver = z
  .enum(['unpacked', 'packed'])
  .default('unpacked')
  .describe('With contentEncoding: whether the signature is over the body before or after it was packed.');

const algorithm = z.enum(['sha1', 'sha256', 'sha512']).default('sha256');

const encoding = z
  .enum(['hex', 'hex-upper', 'base64', 'base64url'])
  .default('hex')
  .describe('How the signature is written.');

const unit = z.enum(['s', 'ms']).default('s').describe('Whether the time counts seconds or milliseconds since 1970.');

const toleranceSeconds = z
  .int()
  .min(1)
  .max(86_400)
  .default(300)
  .describe('How far the time of signing may be from now, either way.');

const template = z
  .string()
  .max(512)
  .optional()
  .describe(
    'What is signed: {body}, {timestamp}, {header:Name} and plain text. Default: {timestamp}.{body}, or {body} where no time is signed.',
  );

const hmacOptions = z.strictObject({
  scheme: z.literal('hmac').describe('The sender signs the body with a shared secret.'),
  header: headerName.describe('The header with the signature.'),
  algorithm,
  encoding,
  prefix: z
    .string()
    .max(64)
    .regex(/^[\x20-\x7e]*$/, 'a prefix is printable ASCII')
    .default('')
    .describe('What stands before the signature, such as "sha256=".'),
  separator: z.enum([',', ', ', ' ', ';']).optional().describe('What stands between several signatures in the header.'),
  timestamp: z
    .strictObject({
      header: headerName.describe('The header with the time of signing.'),
      unit,
      toleranceSeconds,
    })
    .optional()
    .describe('Set it when the sender signs a time; older deliveries are refused then.'),
  template,
  signatureOver,
  event: eventOptions,
  ...transport,
});

const itemName = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'a name has letters, digits, "_" and "-" only');

const timestampedOptions = z.strictObject({
  scheme: z
    .literal('timestamped')
    .describe('The sender signs time and body, and writes both into one header: t=1700000000,v1=5257a8….'),
  header: headerName.describe('The header with the time and the signatures.'),
  separator: z
    .enum([',', ', ', ';', '; ', ' ', '|', '&'])
    .default(',')
    .describe('What stands between the items of the header, blanks included.'),
  timeName: itemName.default('t').describe('The name of the item with the time: t, ts or timestamp.'),
  signatureName: itemName
    .default('v1')
    .describe('The name of an item with a signature: v1, h1 or sig. Items with other names do not count.'),
  algorithm,
  encoding,
  unit,
  toleranceSeconds,
  template: template.describe(
    'What is signed: {timestamp}, {body}, {header:Name} and plain text, such as {timestamp}:{body}. Default: {timestamp}.{body}.',
  ),
  signatureOver,
  event: eventOptions,
  ...transport,
});

const tokenOptions = z.strictObject({
  scheme: z.literal('token').describe('The sender repeats a token in a header.'),
  header: secretHeaderName.describe('The header with the token.'),
  event: eventOptions,
  ...transport,
});

const bearerOptions = z.strictObject({
  scheme: z.literal('bearer').describe('Authorization: Bearer with the secret.'),
  event: eventOptions,
  ...transport,
});

const basicOptions = z.strictObject({
  scheme: z.literal('basic').describe('HTTP basic authentication; the secret is user:password.'),
  event: eventOptions,
  ...transport,
});

export const genericOptions = z
  .discriminatedUnion('scheme', [hmacOptions, timestampedOptions, tokenOptions, bearerOptions, basicOptions])
  .superRefine((options, context) => {
    for (const flaw of [...nameFlaws(options), ...templateFlaws(options), ...pointerFlaws(options)]) {
      context.addIssue({ code: 'custom', path: [...flaw.path], message: flaw.message });
    }
  });

export type HmacOptions = z.output<typeof hmacOptions>;
export type TimestampedOptions = z.output<typeof timestampedOptions>;
export type SignedOptions = HmacOptions | TimestampedOptions;
export type GenericOptions = z.output<typeof genericOptions>;
export type EventPointers = z.output<typeof eventOptions>;

/** Whether the sender signs, rather than repeating what it was given. */
export function isSigned(options: GenericOptions): options is SignedOptions {
  return options.scheme === 'hmac' || options.scheme === 'timestamped';
}

/** The template as written, or the one that follows from whether a time is signed. */
export function templateOf(options: SignedOptions): string {
  return options.template ?? (signsTime(options) ? '{timestamp}.{body}' : '{body}');
}

function signsTime(options: SignedOptions): boolean {
  return options.scheme === 'timestamped' || options.timestamp !== undefined;
}

interface Flaw {
  readonly path: readonly string[];
  readonly message: string;
}

function nameFlaws(options: GenericOptions): readonly Flaw[] {
  if (options.scheme !== 'timestamped' || options.timeName !== options.signatureName) return [];
  return [{ path: ['signatureName'], message: 'time and signature need two names' }];
}

function templateFlaws(options: GenericOptions): readonly Flaw[] {
  if (!isSigned(options)) return [];
  const parsed = parseTemplate(templateOf(options));
  if (!parsed.ok) return [{ path: ['template'], message: parsed.flaw }];
  const hasTime = parsed.parts.some((part) => part.kind === 'timestamp');
  if (hasTime && !signsTime(options)) {
    return [{ path: ['template'], message: 'it has {timestamp}, so set timestamp.header' }];
  }
  if (!hasTime && signsTime(options)) {
    return [{ path: ['template'], message: 'a time that is not signed proves nothing: add {timestamp}' }];
  }
  return [];
}

/** A header outside the signature can be changed by whoever repeats a request, so it is never an id, a type or a time. */
function pointerFlaws(options: GenericOptions): readonly Flaw[] {
  const signed = isSigned(options) ? signedHeadersOf(options) : [];
  return (['id', 'entity', 'type', 'time'] as const).flatMap((name) => {
    const header = headerOfPointer(options.event[name]);
    if (header === undefined || signed.includes(header.toLowerCase())) return [];
    return [
      {
        path: ['event', name],
        message: `the signature does not cover the header ${header}: add {header:${header}} to template, or point into the body`,
      },
    ];
  });
}

function signedHeadersOf(options: SignedOptions): readonly string[] {
  const timestamp =
    options.scheme === 'hmac' && options.timestamp !== undefined ? [options.timestamp.header.toLowerCase()] : [];
  return [...signedHeadersIn(templateOf(options)), ...timestamp];
}

/** The header a pointer names, or undefined for one into the body. */
export function headerOfPointer(text: string | undefined): string | undefined {
  return text?.startsWith('header:') === true ? text.slice('header:'.length) : undefined;
}
