import type { OperatorTemplate, Template } from '@trunkline/sources/directory';

/** How one thing is said. `{name}` stands for a parameter of the request; a line whose parameter is not known is left out. */
export interface Text {
  /** Of a mail; of a text message nothing. A parameter that is not known is said to be so. */
  readonly subject: string;
  /** The first is the news itself and always said. */
  readonly lines: readonly [string, ...string[]];
}

/** Everything that can be said, in one language. */
export interface Texts {
  readonly unknown: string;
  /** What came too fast to be told one by one: `{count}` of them, and the `{more}` that are not said. */
  readonly digest: { readonly subject: string; readonly more: string };
  readonly texts: Readonly<Record<Template | OperatorTemplate, Text>>;
}
