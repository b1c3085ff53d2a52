import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { connections, differentDeliveries, throughputOf } from './ingress.ts';
import { cpuSeconds } from './load/cpu-time.ts';
import { wireRequests } from './load/deliveries.ts';
import { startProducer } from './load/producers.ts';
import { ratios } from './statistics.ts';

/** B2: how much of what Kafka could take through our client is left when HTTP, verification and encoding come before it. */
export const produce: Benchmark = {
  name: 'produce',
  title: 'B2 · Ingress against producing alone',
  question:
    `Deliveries answered 2xx per second over ${connections} connections; against a process that publishes the same two records per delivery ` +
    `through the same client with the same batching, from ${connections} callers, with nothing before it.`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const service = await world.start({ name: 'ingress', port: world.ingressPort });
    const producer = await startProducer(world, 'publisher');
    const side = { what: 'ingress', pid: service.pid, port: world.ingressPort };
    const found = {
      accepted: [] as number[],
      produced: [] as number[],
      cpu: [] as number[],
      producerCpu: [] as number[],
    };
    for (let round = 0; round <= run.rounds; round += 1) {
      const requests = wireRequests(world.settings, differentDeliveries);
      const accepted = await throughputOf(side, { requests, seconds: run.seconds, signal: run.signal });
      const before = cpuSeconds(producer.pid);
      const produced = await producer.run({ callers: connections, seconds: run.seconds });
      const cpuUs = ((cpuSeconds(producer.pid) - before) * 1_000_000) / produced.latenciesMs.length;
      // The first round is for the compiler.
      if (round === 0) continue;
      found.accepted.push(accepted.perSecond);
      found.cpu.push(accepted.cpuUs);
      found.produced.push(produced.perSecond);
      found.producerCpu.push(cpuUs);
      run.onProgress(
        `round ${round}: ${Math.round(accepted.perSecond)}/s, produce ${Math.round(produced.perSecond)}/s`,
      );
    }
    return {
      figures: [
        { label: 'Trunkline ingress', unit: '/s', perRound: found.accepted },
        { label: 'producing alone', unit: '/s', perRound: found.produced },
        { label: 'ingress / producing', unit: '×', perRound: ratios(found.accepted, found.produced) },
        { label: 'CPU of the ingress per delivery', unit: 'µs', perRound: found.cpu },
        { label: 'CPU of the producer per delivery', unit: 'µs', perRound: found.producerCpu },
      ],
      bars: [{ figure: 'ingress / producing', is: 'at least', first: 0.25, goal: 0.5 }],
      notes: ['Both sides share the machine with the broker; the ingress shares it with the HTTP client as well.'],
    };
  },
};
