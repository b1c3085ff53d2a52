/** The bill of materials of a release, in CycloneDX, as npm makes it of the lock file. */
import { createHash } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
import { z } from 'zod';

/** What npm lists is what the image holds: nothing of development, nothing optional (Dockerfile). */
export const sbomArguments: readonly string[] = [
  'sbom',
  '--package-lock-only',
  '--omit=dev',
  '--omit=optional',
  '--sbom-format=cyclonedx',
];

const component = z.looseObject({ 'bom-ref': z.string(), name: z.string(), version: z.string() });
type Component = z.infer<typeof component>;
const document = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  metadata: z.looseObject({ component }),
  components: z.array(component).min(1),
});

export interface ReleasedAt {
  /** Of the commit, in ISO 8601. */
  readonly time: string;
}

/**
 * The same bytes for the same commit: npm puts in the time, a random number and the name of the folder. Throws
 * `config_invalid` when it is no bill of materials.
 */
export function settledSbom(text: string, { time }: ReleasedAt): string {
  const reading = document.safeParse(readJson(text));
  if (!reading.success) throw noSbom(reading.error);
  const { metadata, components, ...rest } = reading.data;
  const content = {
    ...rest,
    serialNumber: undefined,
    metadata: { ...metadata, timestamp: time, component: named(metadata.component) },
    components: components.map(named),
  };
  return `${JSON.stringify({ ...content, serialNumber: serialOf(JSON.stringify(content)) }, null, 2)}\n`;
}

/** Of our own packages npm tells the folder. */
function named(one: Component): Component {
  return { ...one, name: one['bom-ref'].slice(0, one['bom-ref'].lastIndexOf('@')) };
}

/** A UUID that follows from the content: RFC 9562, version 8. */
function serialOf(content: string): string {
  const digits = createHash('sha256').update(content).digest('hex');
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noSbom(cause);
  }
}

function noSbom(cause: unknown): TrunklineError {
  return new TrunklineError('config_invalid', 'npm sbom gave no CycloneDX document: it needs npm 9.5 or newer', {
    cause,
  });
}
