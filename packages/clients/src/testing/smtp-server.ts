import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** The steps of a session at which a test's server may speak otherwise. */
export type SmtpStep = 'greeting' | 'EHLO' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'message';

/** What it says instead of going on; `hang up` ends the connection, `silent` says nothing. */
export type SmtpReply = string;

export interface SmtpServer {
  readonly port: number;
  /** The mails it took. */
  readonly mails: {
    readonly from: string;
    readonly to: string;
    readonly text: string;
    readonly auth: string | undefined;
  }[];
  /** How it answers from now on. */
  behave(replies: Partial<Record<SmtpStep, SmtpReply>>): void;
  close(): Promise<void>;
}

const usual: Readonly<Record<SmtpStep, string>> = {
  greeting: '220 mail.example ESMTP',
  EHLO: '250-mail.example\r\n250 AUTH PLAIN',
  AUTH: '235 welcome',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go ahead',
  message: '250 taken',
};

/** As much of RFC 5321 as one message needs. */
export async function startSmtpServer(): Promise<SmtpServer> {
  const sockets = new Set<Socket>();
  const mails: SmtpServer['mails'][number][] = [];
  let replies: Partial<Record<SmtpStep, SmtpReply>> = {};
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    serve(
      socket,
      () => replies,
      (mail) => mails.push(mail),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // listens on TCP
  return {
    port,
    mails,
    behave: (next) => {
      replies = next;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serve(
  socket: Socket,
  replies: () => Partial<Record<SmtpStep, SmtpReply>>,
  onMail: (mail: SmtpServer['mails'][number]) => void,
): void {
  const mail = { from: '', to: '', text: '', auth: undefined as string | undefined };
  let pending = '';
  let isMessage = false;

  /** Whether it went on as usual. */
  function say(step: SmtpStep): boolean {
    const reply = replies()[step] ?? usual[step];
    if (reply === 'hang up') socket.destroy();
    else if (reply !== 'silent') socket.write(`${reply}\r\n`);
    return reply === usual[step];
  }
  function command(line: string): void {
    const word = line.slice(0, 4).toUpperCase();
    if (word === 'MAIL') mail.from = line;
    if (word === 'RCPT') mail.to = line;
    if (word === 'AUTH') mail.auth = line;
    if (word === 'QUIT') socket.end('221 bye\r\n');
    else if (word === 'DATA') isMessage = say('DATA');
    else if (word in usual) say(word as SmtpStep);
    else socket.write('502 not here\r\n');
  }
  socket.setEncoding('utf8').on('data', (piece: string) => {
    pending += piece;
    for (;;) {
      const end = pending.indexOf(isMessage ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const text = pending.slice(0, end);
      pending = pending.slice(end + (isMessage ? 5 : 2));
      if (!isMessage) {
        command(text);
        continue;
      }
      isMessage = false;
      onMail({ ...mail, text });
      say('message');
    }
  });
  say('greeting');
}
