/** The files that take longest begin first, so that no worker has one of them left when the others are done. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** In the order in which they begin. Measured by the run of all of them on two cores: each of these takes half a minute or more. */
export const longestFiles: readonly string[] = [
  'test/faults/outward.fault.test.ts',
  'test/e2e/start.e2e.test.ts',
  'test/faults/servers.fault.test.ts',
  'test/faults/processes.fault.test.ts',
  'test/faults/fire-drill/fire-drill.fault.test.ts',
  'test/e2e/notices.e2e.test.ts',
  // Behind one of half a minute: it starts everything, as start.e2e does, and two cores are enough for one such start.
  'test/e2e/outage.e2e.test.ts',
  'test/e2e/start-server-killed.e2e.test.ts',
  'packages/kafka/src/publish/broker-away.int.test.ts',
  'packages/stack/src/stack.int.test.ts',
  'packages/stack/src/brokers.int.test.ts',
  'packages/kafka/src/publish/lanes.int.test.ts',
  'services/ingress/src/workers.int.test.ts',
];

/** Vitest's own order, which goes by the size of files it has not seen yet, does not know them in a fresh clone. */
export class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(specifications);
    return usual.toSorted((left, right) => groupOf(left) - groupOf(right) || placeOf(left) - placeOf(right));
  }
}

function groupOf({ project }: TestSpecification): number {
  return project.config.sequence.groupOrder;
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = longestFiles.findIndex((file) => moduleId.endsWith(`/${file}`));
  return place === -1 ? longestFiles.length : place;
}
