import { capitalizedOf, constantOf, type ScaffoldPlan } from './plan.ts';

/** The code of a new provider. Each text is formatted as `npm run format` would, for names of the usual length. */
export function indexFile(plan: ScaffoldPlan): string {
  const { name, title, docsUrl, domain } = plan;
  const constant = constantOf(name);
  return `import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { ProviderDefinition } from '../contract/provider.ts';
import { firstSecret } from '../contract/settings.ts';
import { hmacKeyForm } from '../schemes/secret-forms.ts';
import { normalize${capitalizedOf(name)} } from './normalize.ts';
import { ${constant}Scheme } from './verify.ts';

const options = z.strictObject({});

export const ${constant}: ProviderDefinition<z.output<typeof options>> = {
  name: ${quoted(name)},
  title: ${quoted(title)},
  docsUrl: ${quoted(docsUrl)},
  domains: [${quoted(domain)}],
  scheme: 'HMAC-SHA256 of the body, hex, in one header',
  methods: ['POST'],
  options,
  account: 'source',
  secrets: {
    label: 'Signing secret',
    whereToFind: ${quoted(`Not written down yet: where ${title} shows it, click by click`)},
    generate: () => randomBytes(32).toString('hex'),
    flawOf: hmacKeyForm,
  },
  // Until it is known how ${inComment(title)} repeats, it waits for Kafka as long as for one that never does.
  acceptDeadlineMs: 8_000,
  retries: {
    answerWithin: 'Not confirmed.',
    schedule: 'Not confirmed.',
    autoDisable: 'Not confirmed.',
    outage: 'Not confirmed: count what is sent while Trunkline answers 503 or nothing as lost.',
    dedupeBy: 'The id of the message.',
  },
  // The names of everything it sends: what eventTypes does not map is listed on its page.
  knownTypes: [${quoted(plan.event)}],
  eventTypes: [{ from: '*', to: 'integration.event.received' }],
  coverage: () => ${constant}Scheme.coverage,
  verify: (request, settings, nowMs) => ${constant}Scheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => ${constant}Scheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalize${capitalizedOf(name)},
};
`;
}

export function verifyFile(plan: ScaffoldPlan): string {
  return `import { headerHmac, type HeaderHmacScheme, rawBody } from '../schemes/header-hmac.ts';

/** ${inComment(plan.docsUrl)}. No time is signed: a replay is stopped by its ids alone. */
export const ${constantOf(plan.name)}Scheme: HeaderHmacScheme = headerHmac({
  header: ${quoted(plan.header)},
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: '',
  message: rawBody,
});
`;
}

export function normalizeFile(plan: ScaffoldPlan): string {
  return `import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, readJsonBody, textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { normalizationOf, notFound } from '../contract/outcome.ts';
import { readInstant } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';

/** One delivery of ${inComment(plan.title)} is one event: { id, type, created_at }, passed on as it is. */
export function normalize${capitalizedOf(plan.name)}(delivery: VerifiedDelivery): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  const id = usableId(member(body.value, 'id'));
  const type = textMember(body.value, 'type');
  const at = readInstant(member(body.value, 'created_at'));

  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: id === undefined ? contentEntity(delivery) : { kind: 'event', id },
    identity: id === undefined ? { basis: 'rx', index: 0 } : { basis: 'id', id },
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    ...(type === undefined ? {} : { originalType: type }),
    ...(id === undefined ? {} : { providerEventId: id }),
  });
  const missing = [
    ...(id === undefined ? ['id'] : []),
    ...(type === undefined ? ['type'] : []),
    ...(at === undefined ? ['created_at'] : []),
  ];
  return normalizationOf([{ events: [event], flaws: notFound(missing) }]);
}
`;
}

export function testFile(plan: ScaffoldPlan): string {
  const { name, event, header } = plan;
  return `import { loadFixture } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { describeProvider } from '../testing/describe-provider.ts';
import { withValue } from '../testing/tampering.ts';
import { ${constantOf(name)} } from './index.ts';

const header = ${quoted(header)};

describeProvider(${constantOf(name)}, {
  options: {},
  request: loadFixture(${quoted(name)}, ${quoted(event)}).request,
  fixtures: true,
  downgrades: {
    'SHA-1 instead of SHA-256': (request, secret) =>
      withValue(request, header, () => hmac('sha1', secret.reveal(), [request.body]).toString('hex')),
    'the signature in upper case': (request) => withValue(request, header, (value) => value.toUpperCase()),
  },
});
`;
}

/** A text of the author's as a literal, in the quotes that need fewer escapes, as the formatter chooses. */
function quoted(text: string): string {
  const json = JSON.stringify(text);
  const single = text.split("'").length;
  const double = text.split('"').length;
  return single > double
    ? json
    : `'${json
        .slice(1, -1)
        .replaceAll('\\"', '"')
        .replaceAll("'", String.raw`\'`)}'`;
}

/** A text of the author's inside a comment, which it must not end. */
function inComment(text: string): string {
  return text.replaceAll('*/', '* /').replaceAll(/[\r\n\u2028\u2029]/g, ' ');
}
