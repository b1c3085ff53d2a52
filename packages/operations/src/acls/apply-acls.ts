import { type AclDiff, createAclAdmin, type KafkaConnection } from '@trunkline/kafka';

import { aclPlan } from './acl-plan.ts';

/** Lets each service do on the brokers what it needs, and nothing else; returns what differed. As an administrator. */
export async function applyAcls(kafka: KafkaConnection, retryTiers: readonly string[]): Promise<AclDiff> {
  const admin = createAclAdmin(kafka);
  try {
    return await admin.apply(aclPlan({ retryTiers }));
  } finally {
    await admin.close();
  }
}
