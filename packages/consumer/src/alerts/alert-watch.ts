import { setTimeout as delay } from 'node:timers/promises';

import { classify, type Clock, steadyClock, uuidOf } from '@trunkline/core';
import { encodeRequest, type EventCodec, occasionId, sealRequest } from '@trunkline/events';
import {
  addToOutbox,
  type Database,
  type OpenedAlert,
  type OutboxRow,
  replaceAlerts,
  type Transaction,
} from '@trunkline/postgres';
import type { Directory, OperatorRecipient, OperatorTemplate } from '@trunkline/sources/directory';

import type { ConsumerLog } from '../ports.ts';
import { parametersText } from '../requests/parameters-text.ts';
import { alertLimits, nextLookMs } from './limits.ts';

/** Something that is wrong and needs a person. */
export interface Alert {
  readonly template: OperatorTemplate;
  /** Its natural key: as long as it is found it is told once, however often. Ids, and nothing personal. */
  readonly subject: string;
  /** What the text is filled with. */
  readonly parameters: Readonly<Record<string, string | number | null>>;
}

/**
 * Finds everything of a service that is wrong at this moment, at most `alertLimits.mostAlerts`, the oldest first. The
 * transaction shows the rows of these tenants: all of the installation.
 */
export type AlertLook = (tx: Transaction, tenants: readonly string[]) => Promise<readonly Alert[]>;

/**
 * Asks that operators be told of what is wrong in a service, by ordinary requests through its outbox: once for as long as
 * it is so, and again when it was over and is back. Any number of processes may run one.
 */
export interface AlertWatch {
  start(): void;
  /** One look, now; returns what was asked for. */
  look(): Promise<readonly Alert[]>;
  stop(): Promise<void>;
}

export interface AlertWatchOptions {
  /** Whose rows and outbox it is; its schema is who asks. */
  readonly database: Database;
  readonly find: AlertLook;
  readonly codec: Pick<EventCodec, 'encode'>;
  readonly directory: Pick<Directory, 'tenants' | 'operators'>;
  readonly clock: Clock;
  readonly log: ConsumerLog;
  /** Something was written to the outbox. */
  readonly onAsked?: () => void;
}

export function createAlertWatch({
  database,
  find,
  codec,
  directory,
  clock,
  log,
  ...options
}: AlertWatchOptions): AlertWatch {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;

  async function look(): Promise<readonly Alert[]> {
    const tenants = directory.tenants();
    const opened = await database.transaction(
      tenants,
      async (tx) => {
        // What nobody is told of stays news for whoever will be.
        const alerts = await replaceAlerts(tx, async () =>
          (await find(tx, tenants)).filter(({ template }) => directory.operators(template).length > 0),
        );
        await addToOutbox(tx, alerts.flatMap(rowsOf));
        return alerts;
      },
      { signal, deadlineMs: alertLimits.lookDeadlineMs },
    );
    if (opened.length > 0) options.onAsked?.();
    for (const { alert } of opened)
      log.warn({ event: 'alert', template: alert.template, subject: alert.subject }, 'ALERT: operators are told');
    return opened.map(({ alert }) => alert);
  }

  function rowsOf(opened: OpenedAlert<Alert>): readonly OutboxRow[] {
    return directory.operators(opened.alert.template).map((recipient) => rowOf(opened, recipient));
  }

  function rowOf({ alert, sinceMs }: OpenedAlert<Alert>, recipient: OperatorRecipient): OutboxRow {
    const { template, subject, parameters } = alert;
    const { tenantId, personId, channelId, kind, language } = recipient;
    const { schema } = database;
    const nowMs = clock();
    const cause = occasionId({ schema, template, subject, occurrence: new Date(sinceMs).toISOString() });
    const sealed = sealRequest(
      {
        topic: 'notifications.request.v1',
        type: 'notifications.request.send',
        cause,
        causedBy: cause,
        handler: 'operator_alert',
        qualifier: `${personId}/${channelId}`,
        payload: {
          channel: kind,
          recipientId: personId,
          channelId,
          template,
          parametersJson: parametersText(parameters),
          language,
          notAfter: nowMs + alertLimits.worthMs,
        },
      },
      { tenantId, group: schema, requestedAtMs: nowMs, installationKey: undefined },
    );
    return { ...encodeRequest(codec, sealed, {}), recordId: uuidOf(sealed.requestId), tenantId };
  }

  async function run(): Promise<void> {
    for (let isAway = false; !signal.aborted;) {
      const beganAtMs = steadyClock();
      try {
        await look();
        isAway = false;
      } catch (thrown) {
        if (signal.aborted) return;
        const { code, message } = classify(thrown);
        if (!isAway)
          log.warn({ event: 'alerts_wait', code, reason: message }, 'cannot look for what operators are to be told');
        isAway = true;
      }
      await delay(nextLookMs(steadyClock() - beganAtMs), undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    start() {
      running ??= run();
    },
    look,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
