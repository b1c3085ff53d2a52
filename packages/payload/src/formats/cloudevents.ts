import type { WebhookMessage } from '../message.ts';
import { json, type RenderFormat } from './format.ts';

/**
 * CloudEvents 1.0 in structured mode (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md):
 * the attributes are those of the event's record on Kafka.
 */
export const cloudevents: RenderFormat = (message) => ({
  headers: { 'content-type': 'application/cloudevents+json' },
  body: json({ ...attributesOf(message), datacontenttype: 'application/json', data: message.data }),
});

/** The same in binary mode: the attributes are headers, and the body is what the event states. */
export const cloudeventsBinary: RenderFormat = (message) => ({
  headers: {
    ...Object.fromEntries(
      Object.entries(attributesOf(message)).map(([name, value]) => [`ce-${name}`, headerValue(String(value))]),
    ),
    'content-type': 'application/json',
  },
  body: json(message.data),
});

/** Names of extensions are lower-case letters and digits only. */
function attributesOf({
  type,
  timestamp,
  trunkline,
}: WebhookMessage): Readonly<Record<string, string | boolean | number>> {
  const { id, tenant, source, provider, account, entity, estimated, correction } = trunkline;
  return {
    specversion: '1.0',
    id,
    source: `/tenants/${tenant}/sources/${source}`,
    type,
    time: timestamp,
    subject: `${entity.kind}/${entity.id}`,
    provider,
    account,
    entityversion: entity.version,
    timeestimated: estimated,
    correction,
  };
}

/** §3.1.3.2: a blank, a quote, a percent sign and what is not printable ASCII is percent-encoded, as UTF-8. */
function headerValue(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\u0021\u0023-\u0024\u0026-\u007e]+/gu, (part) =>
      [...Buffer.from(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
    );
}
