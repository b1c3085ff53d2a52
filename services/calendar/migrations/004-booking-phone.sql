-- Whose booking it is: the phone in our directory, as it stood when the last event was applied. Ours and not the
-- provider's, so no version guards it (src/bookings/phones.ts).
ALTER TABLE calendar.booking ADD COLUMN phone_id text;

CREATE INDEX booking_of_phone ON calendar.booking (tenant_id, phone_id, starts_at) WHERE phone_id IS NOT NULL;
