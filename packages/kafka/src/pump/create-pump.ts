import type { KafkaConnection } from '../kafkajs/connection.ts';
import type { Pump } from '../ports.ts';
import type { ItemPumpOptions, PumpOptions } from './pump-options.ts';
import { KafkaPump } from './pump.ts';

/** Creates the pump of a group; nothing happens before start(). */
export function createPump(connection: KafkaConnection, options: PumpOptions): Pump {
  return createItemPump(connection, { ...options, itemOf: (record) => record });
}

/** As `createPump`, of what is made of each record on arrival. */
export function createItemPump<Item>(connection: KafkaConnection, options: ItemPumpOptions<Item>): Pump {
  const pump = new KafkaPump(connection, {
    ...options,
    // A pump hands to process what itemOf gave it, and looks at nothing of it in between.
    process: (items, signal) => options.process(items as readonly Item[], signal),
  });
  return facadeOf(pump);
}

function facadeOf(pump: KafkaPump): Pump {
  return {
    start: () => pump.start(),
    stop: ({ deadlineMs }) => pump.stop(deadlineMs),
    state: () => pump.state(),
    idle: () => pump.idle(),
  };
}
