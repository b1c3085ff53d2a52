import { channels, type EndpointId } from '@trunkline/delivery';
import { describe, expect, it } from 'vitest';

import { hearNotice, type NoticeListener } from './notices.ts';

const endpoints: readonly EndpointId[] = [`ep_${'0'.repeat(32)}`, `ep_${'1'.repeat(32)}`];

function heard(channel: string, payload: string): readonly unknown[] {
  const calls: unknown[] = [];
  const listener: NoticeListener = {
    lookAt: (shards) => calls.push(['shards', ...shards]),
    lookAtEndpoints: (ids) => calls.push(['endpoints', ...ids]),
    lookAtRoutes: () => calls.push(['routes']),
    letGoOf: (id) => calls.push(['taken', id]),
  };
  hearNotice(listener, { channel, payload });
  return calls;
}

describe('a notice of tasks', () => {
  it('names endpoints, and nobody looks at the others of their shards', () => {
    expect(heard(channels.tasks, endpoints.join(','))).toEqual([['endpoints', ...endpoints]]);
  });

  it('names whole shards, as that of a job and of the version before', () => {
    expect(heard(channels.tasks, '0,17,255')).toEqual([['shards', 0, 17, 255]]);
  });
});

describe('a notice of endpoints', () => {
  it('says that some were changed, or that tasks of one were taken away', () => {
    expect(heard(channels.routes, '00000000-0000-0000-0000-000000000000')).toEqual([['routes']]);
    expect(heard(channels.taken, '00000000-0000-0000-0000-000000000000')).toEqual([['taken', endpoints[0]]]);
  });
});
