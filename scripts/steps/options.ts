/** The options of a script, with `--help`. It needs none of the packages: what `npm test` begins with may not depend on them. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * What was given, as `parseArgs` reads it. `--help` prints the usage and ends the process with 0; an option that is unknown
 * or lacks its value ends it with 2, and the usage.
 */
export function readOptions<const T extends Options>(usage: string, options: T): ReturnType<typeof read<T>> {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return read(options);
  } catch (error) {
    // Node goes on with how to pass a name that begins with a dash.
    const [what] = (error instanceof Error ? error.message : String(error)).split('. ');
    console.error(`trunkline: ${what}\n\n${usage}`);
    process.exit(2);
  }
}

function read<T extends Options>(options: T): ReturnType<typeof parseArgs<{ allowPositionals: true; options: T }>> {
  return parseArgs({ allowPositionals: true, options });
}
