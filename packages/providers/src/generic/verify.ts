import { headerHmac, type HeaderHmac, type HeaderHmacScheme } from '../schemes/header-hmac.ts';
import type { Scheme } from '../schemes/scheme.ts';
import { sharedToken } from '../schemes/shared-token.ts';
import { timestampedHeader, type TimestampedHeaderScheme } from '../schemes/timestamped-header.ts';
import {
  type GenericOptions,
  type HmacOptions,
  type SignedOptions,
  templateOf,
  type TimestampedOptions,
} from './options.ts';
import { messageOf, parseTemplate, signedHeadersIn } from './template.ts';

/** The scheme a source's options describe. */
export function genericScheme(options: GenericOptions): Scheme {
  switch (options.scheme) {
    case 'hmac':
      return genericHmac(options);
    case 'timestamped':
      return genericTimestamped(options);
    case 'token':
      return sharedToken({ form: 'plain', header: options.header });
    case 'bearer':
      return sharedToken({ form: 'bearer', header: 'Authorization' });
    case 'basic':
      return sharedToken({ form: 'basic', header: 'Authorization' });
  }
}

export function genericHmac(options: HmacOptions): HeaderHmacScheme {
  const { header, algorithm, encoding, prefix, separator, timestamp } = options;
  return headerHmac({
    header,
    algorithm,
    encoding,
    prefix,
    ...(separator === undefined ? {} : { separator }),
    ...(timestamp === undefined
      ? {}
      : {
          timestamp: { header: timestamp.header, unit: timestamp.unit, toleranceMs: timestamp.toleranceSeconds * 1000 },
        }),
    message: messageFor(options),
    alsoSigned: { headers: signedHeadersIn(templateOf(options)) },
  });
}

export function genericTimestamped(options: TimestampedOptions): TimestampedHeaderScheme {
  const { header, separator, timeName, signatureName, algorithm, encoding, unit, toleranceSeconds } = options;
  return timestampedHeader({
    header,
    separator,
    timeName,
    version: signatureName,
    algorithm,
    encoding,
    unit,
    toleranceMs: toleranceSeconds * 1000,
    message: messageFor(options),
    signedHeaders: signedHeadersIn(templateOf(options)),
  });
}

function messageFor(options: SignedOptions): HeaderHmac['message'] {
  const template = parseTemplate(templateOf(options));
  return (request, timestamp) => {
    if (!template.ok) return template.flaw;
    const body = options.signatureOver === 'packed' ? (request.packedBody ?? request.body) : request.body;
    return messageOf(template.parts, request, { timestamp, body });
  };
}
