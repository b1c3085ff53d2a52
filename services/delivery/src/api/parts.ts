import type { AddressGuard } from '@trunkline/http-client';
import type { Vault } from '@trunkline/vault';

/** What the routes are given. */
export interface DeliveryParts {
  readonly vault: Vault;
  /** That of what sends: where an endpoint may be. */
  readonly guard: AddressGuard;
}
