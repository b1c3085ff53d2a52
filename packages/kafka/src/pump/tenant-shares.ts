/**
 * How much of a partition's window each tenant holds. A tenant may hold half of it: a bulk import on one partition
 * leaves the other half of the lane to the partitions beside it.
 */
export class TenantShares {
  readonly #maxBytes: number;
  readonly #bytes = new Map<string, number>();
  /** The tenant whose record had to wait. */
  #waiting: string | undefined;

  constructor(windowBytes: number) {
    this.#maxBytes = windowBytes / 2;
  }

  /** Whether another record of the tenant has to wait until less of its work is here. */
  mustWait(tenant: string): boolean {
    if ((this.#bytes.get(tenant) ?? 0) < this.#maxBytes) return false;
    this.#waiting = tenant;
    return true;
  }

  add(tenant: string, bytes: number): void {
    this.#bytes.set(tenant, (this.#bytes.get(tenant) ?? 0) + bytes);
  }

  /** Returns true when the tenant that had to wait has half of its share free again. */
  remove(tenant: string, bytes: number): boolean {
    const left = (this.#bytes.get(tenant) ?? 0) - bytes;
    if (left > 0) this.#bytes.set(tenant, left);
    else this.#bytes.delete(tenant);
    if (this.#waiting !== tenant || left > this.#maxBytes / 2) return false;
    this.#waiting = undefined;
    return true;
  }
}
