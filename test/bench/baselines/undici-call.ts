/** A call without any policy: what undici's own `request` takes for the same message. */
import { Pool } from 'undici';

export interface PlainCaller {
  call(body: string): Promise<unknown>;
  close(): Promise<void>;
}

export function openPlainCaller(url: string, path: string, connections: number): PlainCaller {
  const pool = new Pool(url, { connections });
  return {
    async call(body) {
      const answer = await pool.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: 'Basic a2V5OnNlY3JldA==' },
        body,
      });
      return await answer.body.json();
    },
    close: () => pool.close(),
  };
}
