import { type CapturedRequest, splitUrl, unreadable } from './captured-request.ts';
import { parseHttpText } from './http-text.ts';
import { shellWords } from './shell-words.ts';

/** Whether a text is a curl command ("Copy as cURL" of a browser) or what `curl -v` prints. */
export function isCurlText(text: string): boolean {
  return commandIn(text) !== undefined || /^> [A-Z]+ \S+ HTTP\//m.test(text);
}

/**
 * Reads a curl command, or the lines that `curl -v` marks with ">". The latter have no body: it is taken from the
 * command, where that stands above them.
 */
export function parseCurlText(text: string): CapturedRequest {
  const command = commandIn(text);
  const fromCommand = command === undefined ? undefined : parseCommand(command);
  const sent = text.match(/^> .*$/gm) ?? [];
  if (sent.length === 0) {
    if (fromCommand === undefined) throw unreadable('it is no curl command');
    return fromCommand;
  }
  const head = sent.map((line) => line.slice(2).replace(/\r$/, '')).join('\n');
  const request = parseHttpText(Buffer.from(`${head}\n\n`, 'latin1'));
  return { ...request, url: fromCommand?.url ?? request.url, body: fromCommand?.body ?? request.body };
}

/** The command with its continuation lines. */
function commandIn(text: string): string | undefined {
  return /^(?:\$ )?(curl(?:\.exe)? (?:[^\n]*\\\r?\n)*[^\n]*(?:'[^']*')?[^\n]*)/m.exec(text)?.[1] === undefined
    ? undefined
    : text.slice(text.search(/^(?:\$ )?curl(?:\.exe)? /m)).replace(/^\$ /, '');
}

const dataOptions = new Set(['-d', '--data', '--data-raw', '--data-binary', '--data-ascii', '--json']);
/** Options that take a value and say nothing of the request. */
const otherValues = new Set([
  '-o',
  '--output',
  '-m',
  '--max-time',
  '--connect-timeout',
  '--resolve',
  '--cacert',
  '-x',
  '--proxy',
]);

function parseCommand(command: string): CapturedRequest {
  const [, ...words] = shellWords(command);
  const headers: [string, string][] = [];
  const data: string[] = [];
  let method: string | undefined;
  let url: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = (): string => words[(at += 1)] ?? '';
    if (word === '-H' || word === '--header') headers.push(headerOf(next()));
    else if (word === '-X' || word === '--request') method = next();
    else if (word === '-u' || word === '--user')
      headers.push(['Authorization', `Basic ${Buffer.from(next()).toString('base64')}`]);
    else if (word === '-A' || word === '--user-agent') headers.push(['User-Agent', next()]);
    else if (word === '--url') url = next();
    else if (dataOptions.has(word)) data.push(dataOf(next(), word));
    else if (otherValues.has(word)) next();
    else if (!word.startsWith('-')) url ??= word;
  }
  if (url === undefined) throw unreadable('the curl command has no address');
  const body = Buffer.from(data.join('&'), 'utf8');
  const address = /^[a-z]+:\/\//i.test(url) ? url : `http://${url}`;
  return { method: (method ?? (data.length > 0 ? 'POST' : 'GET')).toUpperCase(), ...splitUrl(address), headers, body };
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
}

/** curl reads what begins with @ from a file, and we have only the command. */
function dataOf(text: string, option: string): string {
  if (text.startsWith('@') && option !== '--data-raw') {
    throw unreadable(
      `the curl command takes its body from the file ${text.slice(1)}: give that as {"bodyBase64": …} or as HTTP text`,
    );
  }
  return option === '-d' || option === '--data' || option === '--data-ascii' ? text.replaceAll(/[\r\n]/g, '') : text;
}
