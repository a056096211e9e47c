-- Every version of every commission rule.
CREATE TABLE commission_rules (
    ledger           text NOT NULL,
    name             text NOT NULL,
    version          bigint NOT NULL,
    from_at          timestamptz NOT NULL,
    payer            text NOT NULL,
    refund           text NOT NULL,
    -- The whole rule, as its event holds it.
    rule             jsonb NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, name, version)
);
CREATE UNIQUE INDEX ON commission_rules (ledger, created_revision);

-- What the platform earned (class income) and what it cost (class expense), by day and source. Days
-- are of UTC, by when the event was recorded. A source that nothing says is ''.
CREATE TABLE revenue (
    ledger   text NOT NULL,
    day      date NOT NULL,
    class    text NOT NULL,
    account  text NOT NULL,
    currency text NOT NULL,
    -- Category and dimension `store` of the command, or of the first command of its story with any.
    category text NOT NULL,
    store    text NOT NULL,
    -- The commission rule that led to it.
    rule     text NOT NULL,
    -- On the account's normal side: credits less debits of income.
    amount   numeric NOT NULL,
    postings bigint NOT NULL,
    PRIMARY KEY (ledger, day, class, account, currency, category, store, rule)
);

-- What each wallet earned by selling, driving or delivering. For every row:
-- net = gross - refunded - commission - tax - others.
CREATE TABLE seller_earnings (
    ledger     text NOT NULL,
    wallet     uuid NOT NULL,
    day        date NOT NULL,
    currency   text NOT NULL,
    -- What was shared with it, and what of that was given back later.
    gross      numeric NOT NULL,
    refunded   numeric NOT NULL,
    -- What was taken out of its part for the platform, the state and others, less what came back.
    commission numeric NOT NULL,
    tax        numeric NOT NULL,
    others     numeric NOT NULL,
    net        numeric NOT NULL,
    tips       numeric NOT NULL,
    -- How many amounts were shared with it.
    shares     bigint NOT NULL,
    PRIMARY KEY (ledger, wallet, day, currency)
);

-- What each version of each commission rule brought, to whom, and who bore it.
CREATE TABLE commission_report (
    ledger            text NOT NULL,
    day               date NOT NULL,
    rule              text NOT NULL,
    version           bigint NOT NULL,
    currency          text NOT NULL,
    gross             numeric NOT NULL,
    refunded          numeric NOT NULL,
    commission        numeric NOT NULL,
    fees              numeric NOT NULL,
    tax               numeric NOT NULL,
    others            numeric NOT NULL,
    borne_by_seller   numeric NOT NULL,
    borne_by_buyer    numeric NOT NULL,
    borne_by_platform numeric NOT NULL,
    shares            bigint NOT NULL,
    PRIMARY KEY (ledger, day, rule, version, currency)
);
