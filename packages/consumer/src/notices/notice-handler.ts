import type { DomainTopic, EventTypeOf, Metadata } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';
import type { Phone, Template } from '@trunkline/sources/directory';

import type { BatchHandler, ConsumedEvent } from '../handler.ts';
import type { Notice, Notices } from './notices.ts';

/** What there is to say about a behaviour that asks that owners be told of an event. */
export interface NoticeDeclaration<T extends DomainTopic> {
  /** Also the name of the handler. */
  readonly template: Template;
  readonly topic: T;
  readonly types: readonly EventTypeOf<T>[];
  /** How long after it was heard of somebody still wants to know. */
  readonly worthTellingMs: number;
  /** Undefined for an event that nobody is told of. */
  notice(event: ConsumedEvent<T>, tx: Transaction): NoticeText | undefined | Promise<NoticeText | undefined>;
}

export interface NoticeText {
  /** Whose owners are told. */
  readonly phone: Phone | undefined;
  readonly parameters: Notice['parameters'];
  /** Entities whose people the text may name. */
  readonly names: Notice['names'];
  /** What it is about, where that is not the event's own entity: the kind and id of another one of its account. */
  readonly about?: { readonly kind: string; readonly id: string };
}

/** A behaviour of one event type that asks once, for each entity, that the owners of a phone be told. */
export function noticeHandler<T extends DomainTopic>(
  declaration: NoticeDeclaration<T>,
  notices: Notices,
): BatchHandler<T> {
  const { template, topic, types } = declaration;
  return {
    name: template,
    topic,
    types,
    handleBatch: async (events, tx) => {
      const asked: Notice[] = [];
      for (const event of events) {
        const text = await declaration.notice(event, tx);
        if (text !== undefined) asked.push(noticeOf(declaration, event, text));
      }
      await notices.ask(tx, asked);
      return { stale: [] };
    },
  };
}

function noticeOf<T extends DomainTopic>(
  { template, worthTellingMs }: Pick<NoticeDeclaration<T>, 'template' | 'worthTellingMs'>,
  event: ConsumedEvent<T>,
  { phone, parameters, names, about }: NoticeText,
): Notice {
  const metadata: Metadata = event.record.metadata;
  const { provider, account, entityKind: kind, entityId: id, receivedAt } = metadata;
  return {
    template,
    subject: noticeSubject({ provider, account, kind, id, ...about }),
    event,
    handler: template,
    phoneId: phone?.id,
    parameters,
    names,
    notAfterMs: receivedAt + worthTellingMs,
  };
}

/**
 * The natural key of what is told: one that stays, whichever event and source tell it. `occurrence` tells apart what may
 * happen to an entity again. No part is read as two: `/` in one is `%2F`.
 */
export function noticeSubject({
  provider,
  account,
  kind,
  id,
  occurrence,
}: {
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly id: string;
  readonly occurrence?: number | undefined;
}): string {
  const parts = [provider, account, kind, id, ...(occurrence === undefined ? [] : [String(occurrence)])];
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/');
}
