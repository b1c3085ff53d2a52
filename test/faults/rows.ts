/** Every fault row there is. */
import { killIngress } from './f1-kill-ingress.ts';
import { killConsumer } from './f2-kill-consumer.ts';
import { killServices } from './f2-kill-services.ts';
import { killStorm } from './f2-kill-storm.ts';
import { killBroker } from './f3-kill-broker.ts';
import { killLeader } from './f3-kill-leader.ts';
import { freezeBroker } from './f4-freeze-broker.ts';
import { redisAway } from './f5-redis-away.ts';
import { postgresAway } from './f6-postgres-away.ts';
import { registryAway } from './f7-registry-away.ts';
import { badNetwork } from './f8-network.ts';
import { partitioned } from './f9-partition.ts';
import { clockSet } from './f10-clock.ts';
import { poison } from './f11-poison.ts';
import { duplicateStorm } from './f12-duplicate-storm.ts';
import { reordering } from './f13-reordering.ts';
import { rebalanceStorm } from './f15-rebalance.ts';
import { upgrade } from './f16-upgrade.ts';
import { diskFull } from './f17-disk-full.ts';
import { terminate } from './f18-sigterm.ts';
import { dueRetries } from './f19-retries.ts';
import { redrive } from './f20-redrive.ts';
import { killDelivery } from './f21-kill-delivery.ts';
import { killOwner } from './f22-kill-owner.ts';
import { freezeOwner } from './f23-freeze-owner.ts';
import { redisAwayDelivery } from './f24-redis-away-delivery.ts';
import { postgresAwayDelivery } from './f25-postgres-away-delivery.ts';
import { kafkaAwayDelivery } from './f26-kafka-away-delivery.ts';
import { sickEndpoints } from './f27-sick-endpoints.ts';
import { receiverBack } from './f29-receiver-back.ts';
import { killOrdered } from './f30-kill-ordered.ts';
import { interruptedJobs } from './f31-interrupted-jobs.ts';
import { leaderlessPartition } from './f34-leaderless-partition.ts';
import { killRelay } from './f41-kill-relay.ts';
import { killSender } from './f42-kill-sender.ts';
import { lateAnswer } from './f43-late-answer.ts';
import { upstreamStorm } from './f45-upstream-storm.ts';
import { killRotation } from './f48-kill-rotation.ts';
import { killJournal } from './j1-kill-journal.ts';
import { rebalanceJournal } from './j2-rebalance-journal.ts';
import { postgresAwayJournal } from './j3-postgres-away-journal.ts';
import { killRedrive } from './j4-kill-redrive.ts';
import { killStrict } from './j5-kill-strict.ts';
import type { FaultRow } from './row.ts';

/*
 * Three lists, each a file of tests with servers of its own: as many as the tier has workers, and about as long as each
 * other in their short forms. With a fourth, shorter one a worker ran it alone while the others had nothing left.
 */

/** What breaks an ingress or a consumer, or gives it what it cannot digest. */
export const processRows: readonly FaultRow[] = [
  killIngress,
  killConsumer,
  killStorm,
  killServices,
  poison,
  reordering,
  rebalanceStorm,
  terminate,
  dueRetries,
  killStrict,
];

/** What breaks a server, or the way to it; and what comes twice, by another clock or of another release. */
export const serverRows: readonly FaultRow[] = [
  killBroker,
  killLeader,
  freezeBroker,
  redisAway,
  postgresAway,
  registryAway,
  badNetwork,
  partitioned,
  diskFull,
  leaderlessPartition,
  clockSet,
  duplicateStorm,
  upgrade,
  redrive,
];

/** What breaks whatever comes behind the consumers: what they ask for, calls, webhooks out, and the journal. */
export const outwardRows: readonly FaultRow[] = [
  killDelivery,
  killOwner,
  freezeOwner,
  redisAwayDelivery,
  postgresAwayDelivery,
  kafkaAwayDelivery,
  sickEndpoints,
  receiverBack,
  killOrdered,
  interruptedJobs,
  killRelay,
  killSender,
  lateAnswer,
  upstreamStorm,
  killRotation,
  killJournal,
  rebalanceJournal,
  postgresAwayJournal,
  killRedrive,
];

/** In the order of their names. */
export const faultRows: readonly FaultRow[] = [...processRows, ...serverRows, ...outwardRows].toSorted((a, b) =>
  a.id.localeCompare(b.id, 'en', { numeric: true }),
);
