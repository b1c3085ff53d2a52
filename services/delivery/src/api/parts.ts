import type { Vault } from '@trunkline/vault';

/** What the routes are given. */
export interface DeliveryParts {
  readonly vault: Vault;
}
