import type { AuditHead } from '@trunkline/postgres';
import { InvalidArgumentError } from 'commander';

/** `1207:9f86d0…`: how a head is printed, and given back later. */
export function headText({ seq, hash }: AuditHead): string {
  return `${seq}:${hash}`;
}

export function headArgument(text: string): AuditHead {
  const [, seq, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) {
    throw new InvalidArgumentError(
      'Give the head that `trunkline audit check` printed: a number, a colon and 64 hex digits.',
    );
  }
  return { seq: Number(seq), hash };
}
