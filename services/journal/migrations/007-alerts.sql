-- Whether a request tells operators something (docs/records.md, "Alerts"): nobody is alerted of alerts that fail.
ALTER TABLE journal.request ADD COLUMN is_alert boolean NOT NULL DEFAULT false;
