/** Programs of a benchmark that run as processes of their own and are asked questions over their channel. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

export interface Worker {
  readonly pid: number;
  /** `Answer` is the caller's word for what the program answers; both stand in test/bench. */
  ask<Answer>(question: unknown, deadlineMs: number): Promise<Answer>;
  stop(): Promise<void>;
}

type Told = { readonly answer: unknown } | { readonly failure: string };

const stopDeadlineMs = 5_000;

/** Starts a program that calls `answerQuestions`. It ends with this process, however that ends. */
export function startWorker(file: string): Worker {
  const child = fork(file, [], {
    execArgv: ['--conditions=@trunkline/source'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', NODE_NO_WARNINGS: '1' },
    // Buffers travel as bytes.
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    async ask<Answer>(question: unknown, deadlineMs: number): Promise<Answer> {
      const answered = once(child, 'message', { signal: AbortSignal.timeout(deadlineMs) });
      const died = exited.then(([code, signal]): never => {
        throw new Error(`${file} ended (${signal ?? code})`);
      });
      child.send(question as object);
      const [told] = (await Promise.race([answered, died])) as [Told];
      if ('failure' in told) throw new Error(`${file}: ${told.failure}`);
      return told.answer as Answer;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The other side: answers one question after the other, and ends when nobody can ask any more. */
export function answerQuestions(answer: (question: never) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question) => {
    answer(question as never).then(
      (found) => process.send?.({ answer: found }),
      (error: unknown) =>
        process.send?.({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}
