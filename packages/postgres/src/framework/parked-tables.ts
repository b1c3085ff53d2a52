import { identifier } from '../identifiers.ts';

/**
 * Where the events of keys wait that are kept in order (docs/records.md, "Order per key"). A key has a row in
 * `blocked_key` from the failure of one of its events on; whoever moves its events locks that row first. Events that
 * wait have their record in `parked`; of one that is a dead letter only its place and id stay there, so that it is
 * recognised when it is read again.
 *
 * `key_id` is made of topic and record key, because a key may be longer than an index takes.
 */
export function parkedTablesSql(schema: string): string {
  const name = identifier(schema);
  return `CREATE TABLE ${name}.blocked_key (
  key_id        uuid PRIMARY KEY,
  tenant_id     text NOT NULL,
  topic         text NOT NULL,
  record_key    text NOT NULL,
  -- retrying: its first event is tried again; held: that one is a dead letter and the others wait; passed: nothing waits.
  state         text NOT NULL CHECK (state IN ('retrying', 'held', 'passed')),
  -- What is tried, or was dead-lettered.
  head_id       uuid,
  attempts      integer NOT NULL DEFAULT 0,
  code          text NOT NULL DEFAULT '',
  -- The next try; the end of the hold; when a passed key is forgotten.
  due_at        timestamptz NOT NULL,
  since         timestamptz NOT NULL DEFAULT now(),
  waiting       integer NOT NULL DEFAULT 0,
  waiting_bytes bigint NOT NULL DEFAULT 0,
  -- Written by the command line, carried out by the service.
  key_decision  text CHECK (key_decision IN ('release', 'skip')),
  -- Somebody works on it until then.
  leased_until  timestamptz
);
CREATE INDEX blocked_key_due ON ${name}.blocked_key (due_at);
CREATE INDEX blocked_key_decided ON ${name}.blocked_key (key_id) WHERE key_decision IS NOT NULL;

CREATE TABLE ${name}.parked (
  key_id          uuid NOT NULL,
  part            integer NOT NULL,
  off             bigint NOT NULL,
  event_id        uuid NOT NULL,
  tenant_id       text NOT NULL,
  key             bytea NOT NULL,
  -- Null: a dead letter.
  value           bytea,
  headers         jsonb NOT NULL,
  bytes           integer NOT NULL,
  first_append_at timestamptz NOT NULL,
  parked_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (key_id, part, off)
);
SELECT trunkline.isolate_tenants('${name}.parked');
`;
}
