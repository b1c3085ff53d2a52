import type { RequestId } from '@trunkline/core';
import { createEventCodec, encodeRequest, occasionId, sealRequest } from '@trunkline/events';
import { createPublisher } from '@trunkline/kafka';
import type { Person } from '@trunkline/sources/directory';

import type { CommandContext } from '../context.ts';
import { openKafka, openRegistry } from '../kafka-access.ts';

const topic = 'notifications.request.v1';
const publishDeadlineMs = 10_000;
/** Nobody waits for a test longer than this. */
const worthMs = 600_000;

const texts: Readonly<Record<string, string>> = {
  en: 'This is a test of Trunkline: you can be told something this way.',
  de: 'Dies ist ein Test von Trunkline: Auf diesem Weg kann Ihnen etwas mitgeteilt werden.',
};

/** Asks as a service would, by a request of its own on the topic. Returns its id once the broker has it. */
export async function askTest(
  { person, channelId }: { readonly person: Person; readonly channelId: string },
  context: CommandContext,
): Promise<RequestId> {
  const nowMs = context.clock();
  const cause = occasionId({
    schema: 'cli',
    template: 'test',
    subject: `${person.id}/${channelId}`,
    occurrence: new Date(nowMs).toISOString(),
  });
  const [language = 'en'] = person.language.split('-');
  const sealed = sealRequest(
    {
      topic,
      type: 'notifications.request.send',
      cause,
      causedBy: cause,
      handler: 'notifications-test',
      qualifier: '',
      payload: {
        channel: person.channels.find(({ id }) => id === channelId)?.kind ?? null,
        recipientId: person.id,
        channelId,
        language: person.language,
        subject: 'Trunkline',
        text: texts[language] ?? texts['en'] ?? null,
        notAfter: nowMs + worthMs,
      },
    },
    { tenantId: person.tenantId, group: 'notifications', requestedAtMs: nowMs, installationKey: undefined },
  );
  const codec = await createEventCodec({ registry: openRegistry(context), topics: [topic] });
  const publisher = await createPublisher(openKafka(context));
  try {
    await publisher.publish([encodeRequest(codec, sealed, {})], {
      deadlineMs: publishDeadlineMs,
      signal: context.signal,
    });
  } finally {
    await publisher.close({ deadlineMs: publishDeadlineMs });
  }
  return sealed.requestId;
}
