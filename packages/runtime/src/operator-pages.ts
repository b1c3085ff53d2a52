/** What a service tells its operators beside /metrics and /debug: JSON, and with their token only. */
export interface OperatorPages {
  /**
   * Answers GET of this path, which begins with /debug/, with what `answer` returns. A TrunklineError that it throws is
   * answered with its code: `config_invalid`, a mistake of whoever asked, as 400, every other as 503.
   */
  add(path: `/debug/${string}`, answer: (query: URLSearchParams) => Promise<object>): void;
}

export type PageOf = (path: string) => ((query: URLSearchParams) => Promise<object>) | undefined;

export function createOperatorPages(): OperatorPages & { readonly pageOf: PageOf } {
  const pages = new Map<string, (query: URLSearchParams) => Promise<object>>();
  return {
    add: (path, answer) => {
      pages.set(path, answer);
    },
    pageOf: (path) => pages.get(path),
  };
}
