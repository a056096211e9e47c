-- The tables of one generation of read models, made in a schema of its own.
-- Amounts are in major units at the currency's scale. Every key begins with the ledger, because
-- every question is about one.

CREATE TABLE settings (
    ledger   text PRIMARY KEY,
    settings jsonb NOT NULL,
    revision bigint NOT NULL
);
