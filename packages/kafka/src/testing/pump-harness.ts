import type { IncomingRecord, Pump } from '../ports.ts';
import { createPump } from '../pump/create-pump.ts';
import type { PumpEvent, PumpOptions } from '../pump/pump-options.ts';
import type { TestBroker } from './broker.ts';

/** A pump of a test with what it has seen. */
export interface PumpHarness {
  readonly pump: Pump;
  /** Handed over, in order. */
  readonly seen: IncomingRecord[];
  readonly events: PumpEvent[];
  readonly fatal: unknown[];
}

type HarnessOptions = Pick<PumpOptions, 'groupId' | 'topics'> & Partial<PumpOptions>;

const started: Pump[] = [];

/** Starts a pump that notes every record it is given and then does what the test says. */
export async function startPump(broker: TestBroker, options: HarnessOptions): Promise<PumpHarness> {
  const harness = preparePump(broker, options);
  await harness.pump.start();
  return harness;
}

export function preparePump(broker: TestBroker, options: HarnessOptions): PumpHarness {
  const seen: IncomingRecord[] = [];
  const events: PumpEvent[] = [];
  const fatal: unknown[] = [];
  const pump = createPump(broker.connection, {
    maxBytesInFlight: 8 * 1024 * 1024,
    commitIntervalMs: 50,
    sessionTimeoutMs: 10_000,
    ...options,
    process: async (records, signal) => {
      seen.push(...records);
      await options.process?.(records, signal);
    },
    onFatal: (error) => fatal.push(error),
    onEvent: (event) => events.push(event),
  });
  started.push(pump);
  return { pump, seen, events, fatal };
}

/** For afterEach. */
export async function stopPumps(): Promise<void> {
  await Promise.all(started.splice(0).map((pump) => pump.stop({ deadlineMs: 100 })));
}

export async function lagOf(broker: TestBroker, group: string, topic: string): Promise<bigint> {
  const lags = await broker.admin.groupLag(group, [topic]);
  return lags.reduce((sum, { lag }) => sum + lag, 0n);
}

/** What the group has committed per partition. */
export async function committedOf(broker: TestBroker, group: string, topic: string): Promise<(bigint | undefined)[]> {
  return (await broker.admin.groupLag(group, [topic])).map(({ committed }) => committed);
}
