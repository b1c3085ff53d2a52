import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * Memory of a process and everything it started, in bytes: the sum of their proportional set sizes, in which what several
 * of them share counts once (`Pss` of /proc/<pid>/smaps_rollup, proc_pid_smaps(5)). Undefined where the system does not say.
 */
export function memoryOfTree(pid: number): number | undefined {
  if (!existsSync(`/proc/${pid}/smaps_rollup`)) return undefined;
  const children = Map.groupBy(processes(), ({ parent }) => parent);
  let sum = 0;
  for (const open = [pid]; open.length > 0;) {
    const next = open.pop() ?? 0;
    sum += proportionalBytes(next);
    open.push(...(children.get(next) ?? []).map((child) => child.pid));
  }
  return sum;
}

function processes(): readonly { readonly pid: number; readonly parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      // After the command in parentheses: the state is the first field, the parent the second.
      const fields = textOf(`/proc/${name}/stat`).split(') ').at(-1)?.split(' ') ?? [];
      return { pid: Number(name), parent: Number(fields[1]) };
    });
}

function proportionalBytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1_024;
}

/** Nothing of a process that has ended since it was listed, or that is somebody else's. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
