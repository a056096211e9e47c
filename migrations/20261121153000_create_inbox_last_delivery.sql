-- The last delivery of each provider's account to each ledger, so that nobody has to search for it.
-- One row each, written in the statement that keeps deliveries, once for all that it keeps; half of
-- each page is left free, so that a row is replaced within its page.

CREATE TABLE inbox.last_delivery (
    ledger      text NOT NULL,
    provider    text NOT NULL,
    received_at timestamptz NOT NULL,
    -- The provider's word for what happened.
    kind        text NOT NULL,
    PRIMARY KEY (ledger, provider)
) WITH (fillfactor = 50);

INSERT INTO inbox.last_delivery (ledger, provider, received_at, kind)
SELECT DISTINCT ON (ledger, provider) ledger, provider, received_at, kind
FROM inbox.delivery ORDER BY ledger, provider, id DESC;
