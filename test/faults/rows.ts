/** Every fault row there is. */
import { killIngress } from './f1-kill-ingress.ts';
import { killConsumer } from './f2-kill-consumer.ts';
import type { FaultRow } from './row.ts';

export const faultRows: readonly FaultRow[] = [killIngress, killConsumer];
