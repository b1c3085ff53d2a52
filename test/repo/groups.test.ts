import { existsSync, globSync } from 'node:fs';
import { join, resolve } from 'node:path';

import {
  declaredHandlers,
  groups,
  handlerTable,
  type Handlers,
  type RegisteredHandler,
  retryTiers,
  schemas,
} from '@trunkline/consumer';
import { topicEntry } from '@trunkline/events';
import { retryDelayMs } from '@trunkline/kafka';
import { describe, expect, it } from 'vitest';

import { serviceNames } from '../../scripts/start/ports.ts';

const root = resolve(import.meta.dirname, '../..');

/** Services with handlers; a file that is not there yet or not there any more makes no service. */
function consumerServices(): readonly string[] {
  return globSync('services/*/src/handlers', { cwd: root }).map((folder) => folder.split('/')[1] ?? '');
}

async function handlersOf(service: string): Promise<readonly RegisteredHandler[]> {
  // Every service's handlers/index.ts exports this; a service that does not fails its test right here.
  const module = (await import(join(root, 'services', service, 'src/handlers/index.ts'))) as {
    readonly handlers: Handlers;
  };
  return declaredHandlers(module.handlers);
}

describe('the list of consumer groups', () => {
  it('names every service that has handlers, and nothing else', () => {
    expect(groups.map(({ name }) => name).toSorted()).toEqual(consumerServices().toSorted());
  });

  it('names what `npm start` starts beside the ingress, the connections and the journal', () => {
    expect(serviceNames.toSorted()).toEqual(
      ['ingress', 'connections', 'journal', ...groups.map(({ name }) => name)].toSorted(),
    );
  });

  it('stands beside the list of all schemas, each with its migrations', () => {
    expect(schemas.filter((schema) => !existsSync(join(root, 'services', schema, 'migrations')))).toEqual([]);
    expect(schemas).toEqual([...groups.map(({ schema }) => schema), 'connections', 'journal'].toSorted());
  });

  it('names shortest first the delays that every group retries on', () => {
    const delays = retryTiers.map(retryDelayMs);

    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  });
});

describe.each(groups)('the consumer group $name', ({ name, topics }) => {
  it('takes the topics that its handlers declare, and no others', async () => {
    const declared = new Set((await handlersOf(name)).map(({ topic }) => topic));

    expect(topics.toSorted()).toEqual([...declared].toSorted());
  });

  it('has a table of handlers: each type of its topics goes to one of them', async () => {
    const table = handlerTable(await handlersOf(name));

    const unclaimed = topics.flatMap((topic) =>
      Object.keys(topicEntry(topic).types).filter((type) => table.find(topic, type) === undefined),
    );
    expect(unclaimed).toEqual([]);
  });

  it('has migrations', () => {
    expect(existsSync(join(root, 'services', name, 'migrations'))).toBe(true);
  });
});
