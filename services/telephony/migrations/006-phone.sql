-- Whose call or message it is: the id of a phone in trunkline.yaml that held when the event was applied. It is ours and
-- no provider's, so no version guards it; `trunkline directory relink` fills it in for rows that were written before.
ALTER TABLE telephony.call    ADD COLUMN phone_id text;
ALTER TABLE telephony.message ADD COLUMN phone_id text;

-- For what is missed: the legs that a call was connected to.
CREATE INDEX call_legs ON telephony.call (tenant_id, provider, account, parent_call_id) WHERE parent_call_id IS NOT NULL;
