import { createNotices, type Notices } from '@trunkline/consumer';
import type { RequestPayloadOf } from '@trunkline/events';
import type { Directory } from '@trunkline/sources/directory';

export interface Asking {
  readonly notices: Notices;
  /** What was asked: whom, by what, of which subject's event. */
  readonly asked: { readonly template: string; readonly who: string; readonly parameters: unknown }[];
}

/** Notices of a group that started long ago, whose requests are kept instead of written. */
export function asking(directory: Directory, nowMs: number): Asking {
  const asked: Asking['asked'] = [];
  const notices = createNotices({
    directory,
    firstStartMs: 0,
    clock: () => nowMs,
    metrics: { count: () => undefined },
    requests: {
      add: (_tx, wishes) => {
        for (const { payload, qualifier } of wishes) {
          // Notices ask for nothing else.
          const { template, parametersJson } = payload as Partial<RequestPayloadOf<'notifications.request.v1'>>;
          const parameters: unknown = JSON.parse(parametersJson ?? 'null');
          asked.push({ template: template ?? '', who: qualifier, parameters });
        }
        return Promise.resolve();
      },
    },
  });
  return { notices, asked };
}
