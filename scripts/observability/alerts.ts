/**
 * Every alert, by its name. One more is a row here and a page in docs/runbooks; the rules, their tests and the page that
 * lists them follow from it (`npm run generate`).
 */
import type { Alert } from './alert.ts';
import { consumerAlerts } from './alerts-of-consumers.ts';
import { ingressAlerts } from './alerts-of-ingress.ts';
import { processAlerts } from './alerts-of-processes.ts';
import { senderAlerts } from './alerts-of-senders.ts';

/** By the rule group of Prometheus that they are in. */
export const alertGroups: Readonly<Record<string, Readonly<Record<string, Alert>>>> = {
  'trunkline.ingress': ingressAlerts,
  'trunkline.consumers': consumerAlerts,
  'trunkline.senders': senderAlerts,
  'trunkline.processes': processAlerts,
};

export const alerts: ReadonlyMap<string, Alert> = new Map(
  Object.values(alertGroups).flatMap((group) => Object.entries(group)),
);
