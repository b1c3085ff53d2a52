/** What a command printed with `--json`, to be read field by field: each test knows the shape it asserts. */

// oxlint-disable-next-line typescript/no-explicit-any -- a foreign answer, read field by field
export const json = ({ stdout }: { readonly stdout: string }): any => JSON.parse(stdout);

/** One document a line. */
// oxlint-disable-next-line typescript/no-explicit-any -- a foreign answer, read field by field
export const jsonLines = ({ stdout }: { readonly stdout: string }): any[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
