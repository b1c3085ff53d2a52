-- What the fault row F16 takes for the next release: a column that this release neither reads nor writes.
ALTER TABLE payments.payment ADD COLUMN upgrade_note text;
