import { z } from 'zod';

import { parseTemplate, signedHeaders } from './template.ts';

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/, 'a header name has letters, digits and "-" only')
  .describe('Name of a header; case does not matter.');

const pointer = z
  .string()
  .regex(
    /^(?:(?:\/(?:[^~/]|~0|~1)*)+|header:[A-Za-z0-9-]{1,100})$/,
    'write a JSON pointer such as /data/id, or header:Name',
  )
  .describe('A JSON pointer into the body (/data/id), or header:Name for a header that the signature covers.');

const eventOptions = z
  .strictObject({
    id: pointer.optional().describe('Where the unique id of the event is. Without it every reception is a new event.'),
    entity: pointer.optional().describe('Where the id of the thing is that events must stay in order for.'),
    type: pointer.optional().describe("Where the event's own name is."),
    time: pointer.optional().describe('Where the time of the event is.'),
    timeFormat: z
      .enum(['iso', 's', 'ms'])
      .default('iso')
      .describe('How the time is written: ISO 8601 with an offset, seconds, or milliseconds since 1970.'),
  })
  .default({ timeFormat: 'iso' })
  .describe('Where the parts of an event are in a request.');

const hmacOptions = z.strictObject({
  scheme: z.literal('hmac').describe('The sender signs the body with a shared secret.'),
  header: headerName.describe('The header with the signature.'),
  algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256'),
  encoding: z
    .enum(['hex', 'hex-upper', 'base64', 'base64url'])
    .default('hex')
    .describe('How the signature is written.'),
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
      unit: z.enum(['s', 'ms']).default('s'),
      toleranceSeconds: z
        .int()
        .min(1)
        .max(86_400)
        .default(300)
        .describe('How far the time of signing may be from now, either way.'),
    })
    .optional()
    .describe('Set it when the sender signs a time; older deliveries are refused then.'),
  template: z
    .string()
    .max(512)
    .optional()
    .describe(
      'What is signed: {body}, {timestamp}, {header:Name} and plain text. Default: {timestamp}.{body}, or {body}.',
    ),
  event: eventOptions,
});

const tokenOptions = z.strictObject({
  scheme: z.literal('token').describe('The sender repeats a token in a header.'),
  header: headerName.describe('The header with the token.'),
  event: eventOptions,
});

const bearerOptions = z.strictObject({
  scheme: z.literal('bearer').describe('Authorization: Bearer with the secret.'),
  event: eventOptions,
});

const basicOptions = z.strictObject({
  scheme: z.literal('basic').describe('HTTP basic authentication; the secret is user:password.'),
  event: eventOptions,
});

export const genericOptions = z
  .discriminatedUnion('scheme', [hmacOptions, tokenOptions, bearerOptions, basicOptions])
  .superRefine((options, context) => {
    for (const flaw of [...templateFlaws(options), ...pointerFlaws(options)]) {
      context.addIssue({ code: 'custom', path: [...flaw.path], message: flaw.message });
    }
  });

export type HmacOptions = z.output<typeof hmacOptions>;
export type GenericOptions = z.output<typeof genericOptions>;
export type EventPointers = z.output<typeof eventOptions>;

/** The template as written, or the one that follows from whether a time is signed. */
export function templateOf(options: HmacOptions): string {
  return options.template ?? (options.timestamp === undefined ? '{body}' : '{timestamp}.{body}');
}

interface Flaw {
  readonly path: readonly string[];
  readonly message: string;
}

function templateFlaws(options: GenericOptions): readonly Flaw[] {
  if (options.scheme !== 'hmac') return [];
  const template = parseTemplate(templateOf(options));
  if (!template.ok) return [{ path: ['template'], message: template.flaw }];
  const signsTime = template.parts.some((part) => part.kind === 'timestamp');
  if (signsTime && options.timestamp === undefined) {
    return [{ path: ['template'], message: 'it has {timestamp}, so set timestamp.header' }];
  }
  if (!signsTime && options.timestamp !== undefined) {
    return [{ path: ['template'], message: 'a time that is not signed proves nothing: add {timestamp}' }];
  }
  return [];
}

/** A header outside the signature can be changed by whoever repeats a request, so it is never an id, a type or a time. */
function pointerFlaws(options: GenericOptions): readonly Flaw[] {
  const signed = options.scheme === 'hmac' ? signedHeadersOf(options) : [];
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

function signedHeadersOf(options: HmacOptions): readonly string[] {
  const template = parseTemplate(templateOf(options));
  if (!template.ok) return [];
  const timestamp = options.timestamp === undefined ? [] : [options.timestamp.header.toLowerCase()];
  return [...signedHeaders(template.parts), ...timestamp];
}

/** The header a pointer names, or undefined for one into the body. */
export function headerOfPointer(text: string | undefined): string | undefined {
  return text?.startsWith('header:') === true ? text.slice('header:'.length) : undefined;
}
