-- Up to which revision of a ledger's log the erasures are done that it tells of, moved in the
-- transaction that does one. An older backup brings an older revision with what it brings back, so
-- what was erased since is erased again.

CREATE TABLE vault.erasures_done (
    ledger   text PRIMARY KEY,
    revision bigint NOT NULL
);
