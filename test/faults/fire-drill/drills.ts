/** Each alert that wakes somebody, with the fault that it is for. */
import { alerts } from '../../../scripts/observability/alerts.ts';
import type { Drill } from './drill.ts';
import { consumerDrills } from './drills-of-consumers.ts';
import { ingressDrills } from './drills-of-ingress.ts';
import { senderDrills } from './drills-of-senders.ts';

export const drills: ReadonlyMap<string, Drill> = new Map<string, Drill>(
  Object.entries({ ...ingressDrills, ...consumerDrills, ...senderDrills }),
);

/** The names of the alerts with the severity `page`. */
export const pages: readonly string[] = [...alerts].flatMap(([name, { severity }]) =>
  severity === 'page' ? [name] : [],
);
