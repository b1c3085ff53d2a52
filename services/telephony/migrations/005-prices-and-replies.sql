-- What a call or message cost, and what a message says of its failure, its sender and what it answers: optional
-- fields that schemas/telephony/call.avsc and message.avsc have since their second release.
ALTER TABLE telephony.call
  ADD COLUMN price_micros           bigint,
  ADD COLUMN price_currency         text,
  ADD COLUMN price_micros_version   text COLLATE "C",
  ADD COLUMN price_currency_version text COLLATE "C";

ALTER TABLE telephony.message
  ADD COLUMN failure_reason                   text,
  ADD COLUMN failure_reason_truncated         boolean,
  ADD COLUMN sender_name                      text,
  ADD COLUMN replies_to                       text,
  ADD COLUMN reply_payload                    text,
  ADD COLUMN price_micros                     bigint,
  ADD COLUMN price_currency                   text,
  ADD COLUMN failure_reason_version           text COLLATE "C",
  ADD COLUMN failure_reason_truncated_version text COLLATE "C",
  ADD COLUMN sender_name_version              text COLLATE "C",
  ADD COLUMN replies_to_version               text COLLATE "C",
  ADD COLUMN reply_payload_version            text COLLATE "C",
  ADD COLUMN price_micros_version             text COLLATE "C",
  ADD COLUMN price_currency_version           text COLLATE "C";
