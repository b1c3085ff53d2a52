/** What a machine, or the container around this process, has. */
export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** A worker's resident memory under load with room for its share of the byte budget. */
const workerBytes = 256 * 1024 * 1024;

/** `auto`: a core is left for everything else, and no more workers than fit into the memory. */
export function workerCount(asked: number | 'auto', machine: Machine): number {
  if (asked !== 'auto') return asked;
  return Math.max(1, Math.min(machine.cores - 1, Math.floor(machine.memoryBytes / workerBytes)));
}
