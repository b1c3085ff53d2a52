/** What a fire drill is: a fault that one alert is for, done to a running installation and undone again. */
import type { FaultServers } from '../servers.ts';
import type { FaultWorld } from '../world.ts';

export interface DrillSite {
  readonly world: FaultWorld;
  readonly servers: FaultServers;
  /** Called when the drill is over, also where it fails while it is prepared; the services of the world are ended without it. */
  readonly endWith: (close: () => Promise<void>) => void;
}

export interface Drill {
  /** In words: "the broker is killed". */
  readonly fault: string;
  /** The fault row that does the same to count what is lost. */
  readonly row?: string;
  /** Every time of the rule is divided by it: what it holds for, its windows and offsets. */
  readonly faster: number;
  /** A limit of the expression that is a time or a crowd too, and what stands for it here. */
  readonly limit?: readonly [usual: string, here: string];
  /** Of the series that is looked for, where the rule may fire for others, too: `group="payments"`. */
  readonly labels?: string;
  /** Brings the installation to where the fault can begin. */
  prepare(site: DrillSite): Promise<Prepared>;
}

export interface Prepared {
  /** URLs of operators by the name of the service. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** A query that has an answer once the fault may begin. */
  readonly seen: string;
  begin(): Promise<void>;
  end(): Promise<void>;
}
