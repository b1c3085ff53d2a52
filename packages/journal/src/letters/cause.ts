import { type CauseId, causeId } from '@trunkline/events';

/** What a copy's headers say of its failure. */
export interface Failure {
  readonly code: string | undefined;
  readonly exceptionClass: string | undefined;
  readonly message: string | undefined;
  readonly stack: string | undefined;
}

export interface Cause {
  readonly id: CauseId;
  readonly frame: string | undefined;
  readonly constraint: string | undefined;
}

/** As long as services write these headers. A foreign writer's may be a megabyte, and what follows goes over one again and again. */
const stackUnits = 4_096;
const messageUnits = 1_024;
/** A line of more is no frame. */
const lineUnits = 1_024;

/** What a dead letter failed of: docs/records.md, "Cause ids". */
export function causeOf({ code = '', exceptionClass = '', message = '', stack = '' }: Failure): Cause {
  const frame = frameOf(stack.slice(0, stackUnits));
  const constraint = constraintOf(message.slice(-messageUnits));
  return {
    id: causeId({ code, class: exceptionClass, frame: frame ?? '', constraint: constraint ?? '' }),
    frame,
    constraint,
  };
}

/** A service's own code says more about a failure than the packages it was reached through. */
function frameOf(stack: string): string | undefined {
  const lines = stack
    .split('\n')
    .filter((line) => line.length <= lineUnits && /^\s+at /.test(line) && !line.includes('/node_modules/'));
  const line = lines.find((each) => each.includes('/services/')) ?? lines.find((each) => each.includes('/packages/'));
  const found = /^\s+at (?:(.+) \()?.*?\/((?:services|packages)\/.+?)(?::\d+){0,2}\)?$/.exec(line ?? '');
  if (found === null) return undefined;
  const [, name = '', path = ''] = found;
  const source = path.replace('/dist/', '/src/').replace(/\.js$/, '.ts');
  return `${name.replace(/^(?:async |new )+/, '')} ${source}`.trimStart();
}

function constraintOf(message: string): string | undefined {
  const [, names = ''] = /\[([^\]]*)\]$/.exec(message) ?? [];
  return /(?:^| )constraint (\S+)/.exec(names)?.[1];
}
