-- What each event shared with each wallet: the rows of seller_earnings, not yet summed by day, so
-- that they can be asked as of a revision.
CREATE TABLE earnings (
    ledger     text NOT NULL,
    revision   bigint NOT NULL,
    wallet     uuid NOT NULL,
    currency   text NOT NULL,
    -- The rule that it was shared by; `delivery` of what a courier gets, '' of tips.
    rule       text NOT NULL,
    gross      numeric NOT NULL,
    refunded   numeric NOT NULL,
    commission numeric NOT NULL,
    tax        numeric NOT NULL,
    others     numeric NOT NULL,
    net        numeric NOT NULL,
    tips       numeric NOT NULL,
    shares     bigint NOT NULL,
    PRIMARY KEY (ledger, revision, wallet, currency, rule)
);

-- What each event booked on a provider's clearing account, by the provider's own object: what a
-- settlement statement of that provider is compared with.
CREATE TABLE provider_movements (
    ledger   text NOT NULL,
    revision bigint NOT NULL,
    provider text NOT NULL,
    -- payin, payout, refund, chargeback, fee, settlement, settlement_fee, or other for entries by
    -- hand.
    kind     text NOT NULL,
    -- The provider's own payment, payout, refund, or payout to our bank; '' where nobody named one.
    object   text NOT NULL,
    currency text NOT NULL,
    -- Into the account; negative out of it.
    amount   numeric NOT NULL,
    PRIMARY KEY (ledger, revision, provider, kind, object, currency)
);
CREATE INDEX ON provider_movements (ledger, provider, kind, object);
CREATE INDEX ON provider_movements (ledger, provider, currency, revision);
