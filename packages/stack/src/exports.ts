import { endpointVariables } from './config.ts';
import type { EndpointName } from './config.ts';
import type { Stack } from './types.ts';

/** The shell lines that make another process use this stack. The values hold no quotes: hosts, ports and hexadecimal passwords. */
export function stackExports(stack: Stack): string[] {
  const known = new Set(Object.keys(stack.endpoints));
  // Object.keys of a constant record are its keys.
  const names = Object.keys(endpointVariables) as EndpointName[];
  return [
    'export TRUNKLINE_STACK=env',
    ...names
      .filter((name) => known.has(name))
      .map((name) => `export ${endpointVariables[name]}='${stack.endpoints[name]}'`),
  ];
}
