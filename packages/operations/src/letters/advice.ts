import { dispositionOf, type ErrorCode, errorTable } from '@trunkline/core';

/** What has to be put right before a dead letter is sent back, one sentence for a person who has never seen the code. */
export function adviceFor(code: string | undefined): string {
  if (code === undefined || !isErrorCode(code)) return 'nobody says why it failed: look at the record itself';
  switch (code) {
    case 'decode_failed':
      return 'its bytes are not what the topic holds: find who published it; send it back only if the reader was wrong';
    case 'schema_unknown':
      return 'the registry does not know the schema it was written with: trunkline schemas check';
    case 'type_unknown':
      return 'a newer release published it: deploy that release of the consumer first';
    case 'process_crashed':
      return 'the consumer died each time it had this record in hand: fix the handler first, or it dies again';
    case 'too_old':
      return 'the inbox may have forgotten its effect: look whether it is there, and only then use --force';
    case 'key_held':
      return 'an event of its key before it was not fixed in time: fix and send back that one first';
    case 'key_skipped':
      return 'an operator passed it over, so that the events after it could go on: it is late now';
    case 'constraint_violated':
      return 'a rule of the database refused it: the message names the constraint; correct the data or the handler';
    case 'business_rejected':
    case 'upstream_4xx':
      return 'it was refused for what it says: correct what it refers to, or the handler';
    case 'upstream_unexpected':
      return 'the answer was none that its API promises: look there whether it was done before it is sent back';
    case 'destination_denied':
      return 'the address may not be called: correct it, or allow its network';
    case 'connection_unusable':
      return 'the credentials of its connection were refused: give it new ones first';
    case 'payload_malformed':
      return 'its content is not what the handler can read: correct the handler';
    default:
      return adviceForTransient(code);
  }
}

/** Whether sending it back may help. Bytes that nobody can read stay so, unless the reader was at fault. */
export function isMendable(code: string | undefined): boolean {
  return code !== 'decode_failed';
}

function adviceForTransient(code: ErrorCode): string {
  return dispositionOf(code) === 'pause'
    ? 'its statements ran out of time on every retry: look for locks and a missing index'
    : 'it failed on every retry: find the cause in the log lines of its attempts';
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
