-- What tells deliveries apart comes first in the index that does: all of a provider's share the rest.
ALTER TABLE inbox.delivery
    DROP CONSTRAINT delivery_ledger_provider_key_body_sha256_key,
    ADD CONSTRAINT delivery_comes_once UNIQUE (key, body_sha256, provider, ledger);

-- Bodies are written in the order of time, and master keys follow each other: a summary of each
-- stretch of rows finds those of an old key, and costs next to nothing with each body.
DROP INDEX inbox.body_wrapped_by;
CREATE INDEX body_wrapped_by ON inbox.body USING brin (key_id);
