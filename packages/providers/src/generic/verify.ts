import { headerHmac, type HeaderHmacScheme } from '../schemes/header-hmac.ts';
import type { Scheme } from '../schemes/scheme.ts';
import { sharedToken } from '../schemes/shared-token.ts';
import { type GenericOptions, type HmacOptions, templateOf } from './options.ts';
import { messageOf, parseTemplate } from './template.ts';

/** The scheme a source's options describe. */
export function genericScheme(options: GenericOptions): Scheme {
  switch (options.scheme) {
    case 'hmac':
      return genericHmac(options);
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
  const template = parseTemplate(templateOf(options));
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
    message: (request, time) => (template.ok ? messageOf(template.parts, request, time) : template.flaw),
  });
}
