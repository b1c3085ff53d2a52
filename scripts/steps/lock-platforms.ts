/**
 * npm leaves an optional package of another platform out of package-lock.json when the registry it asked does not have
 * it, and `npm ci` then refuses that very file as out of sync. So the entries are added here: name, version and
 * platform are known from the package that asks for them, and the hash is asked of the registry by name and version.
 */

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  /** A workspace: a folder of ours. */
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

/** The entries the lock file lacks, by their path in node_modules. */
export function missingPlatforms(lock: LockFile): Readonly<Record<string, LockEntry>> {
  const missing: Record<string, LockEntry> = {};
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (`node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages) continue;
      missing[`node_modules/${name}`] = {
        version,
        ...(entry.dev === true ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };
    }
  }
  return missing;
}

/** Entries that need no hash, each with the reason. None today: every one is verified by whoever installs it. */
export const withoutIntegrity: Readonly<Record<string, string>> = {};

/** The packages whose entry has no hash, by their path in node_modules, as npm is asked for them: `name@version`. */
export function unverified(lock: LockFile): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [path, entry] of Object.entries(lock.packages)) {
    const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined || entry.link === true || entry.integrity !== undefined) continue;
    if (!Object.hasOwn(withoutIntegrity, path)) found.set(path, `${name}@${entry.version ?? ''}`);
  }
  return found;
}

/** The lock file with them, in npm's order. */
export function withPlatforms<Lock extends LockFile>(lock: Lock): Lock {
  const packages = Object.entries({ ...lock.packages, ...missingPlatforms(lock) });
  return { ...lock, packages: Object.fromEntries(packages.sort(([a], [b]) => a.localeCompare(b, 'en'))) };
}

/** `@turbo/windows-64`, `@oxlint/binding-linux-arm-musleabihf`, …: the last two or three words say it. */
const platformName =
  /(android|darwin|freebsd|linux|openharmony|win32|windows)-(arm64|arm|x64|64|ia32|ppc64|riscv64|s390x)(?:-(\w+))?$/;

function platformOf(name: string): Pick<LockEntry, 'cpu' | 'libc' | 'os'> {
  const [, os, cpu, abi = ''] = platformName.exec(name) ?? [];
  if (os === undefined || cpu === undefined) throw new Error(`${name}: its name says no platform, add it by hand`);
  const libc = abi.startsWith('gnu') ? ['glibc'] : abi.startsWith('musl') ? ['musl'] : undefined;
  return {
    cpu: [cpu === '64' ? 'x64' : cpu],
    ...(libc === undefined ? {} : { libc }),
    os: [os === 'windows' ? 'win32' : os],
  };
}
