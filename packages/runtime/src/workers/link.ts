import { TrunklineError, withinMs } from '@trunkline/core';

/**
 * One end of what the first process of a service and a worker of it say to each other. Both are of one release, so what
 * is said has the type that its name stands for.
 */
export interface Link {
  /** Rejects with `dependency_unavailable` when the other end is gone or does not answer in time. */
  ask(name: string, question: unknown): Promise<unknown>;
  /** Says it once, without an answer; nothing happens when the other end is gone. */
  tell(name: string, news: unknown): void;
  /** Who answers what the other end asks under the name. */
  onAsked(name: string, answer: (question: never) => unknown): void;
  /** Who hears what the other end tells under the name. */
  onTold(name: string, hear: (news: never) => void): void;
}

/** The half of a process and of a child process that messages go through. */
export interface Channel {
  send?(message: object, sent: (error: Error | null) => void): boolean;
  on(event: 'message', heard: (message: unknown) => void): unknown;
}

const answerDeadlineMs = 2_000;

/** Marks our messages: node:cluster sends its own through the same channel. */
type Message =
  | { readonly trunkline: 'told'; readonly name: string; readonly body?: unknown }
  | { readonly trunkline: 'asked'; readonly name: string; readonly number: number; readonly body?: unknown }
  | { readonly trunkline: 'answered'; readonly number: number; readonly failure?: string; readonly body?: unknown };

export function createLink(channel: Channel): Link {
  const hearers = new Map<string, (news: never) => void>();
  const answerers = new Map<string, (question: never) => unknown>();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;

  const send = (message: Message, failed: (error: Error) => void = () => undefined): void => {
    // A child that is gone has no channel, or one that fails.
    if (channel.send === undefined) failed(new Error('the channel is closed'));
    else channel.send(message, (error) => error !== null && failed(error));
  };
  const answer = async (name: string, question: unknown): Promise<unknown> => {
    const answerer = answerers.get(name);
    if (answerer === undefined) throw new TypeError(`nobody answers ${name}`);
    return answerer(question as never); // The type that the name stands for.
  };
  const hear = (message: Message): void => {
    switch (message.trunkline) {
      case 'told':
        hearers.get(message.name)?.(message.body as never); // The same.
        return;
      case 'asked': {
        const { number } = message;
        answer(message.name, message.body).then(
          (body) => send({ trunkline: 'answered', number, body }),
          (error: unknown) => send({ trunkline: 'answered', number, failure: String(error) }),
        );
        return;
      }
      case 'answered': {
        const { number, failure, body } = message;
        if (failure === undefined) waiting.get(number)?.resolve(body);
        else waiting.get(number)?.reject(gone(failure));
      }
    }
  };
  channel.on('message', (message) => {
    // What has our mark was written by this file at the other end.
    if (typeof message === 'object' && message !== null && 'trunkline' in message) hear(message as Message);
  });

  return {
    ask: async (name, question) => {
      asked += 1;
      const number = asked;
      const answered = Promise.withResolvers<unknown>();
      waiting.set(number, answered);
      send({ trunkline: 'asked', name, number, body: question }, (error) => answered.reject(gone(error.message)));
      try {
        return await withinMs(answered.promise, answerDeadlineMs, `asking the other process for ${name}`);
      } finally {
        waiting.delete(number);
      }
    },
    tell: (name, news) => send({ trunkline: 'told', name, body: news }),
    onAsked: (name, answerer) => {
      answerers.set(name, answerer);
    },
    onTold: (name, hearer) => {
      hearers.set(name, hearer);
    },
  };
}

function gone(why: string): TrunklineError {
  return new TrunklineError('dependency_unavailable', `the other process does not answer: ${why}`);
}
