-- Orders.
CREATE TABLE orders (
    ledger           text NOT NULL,
    sale             uuid NOT NULL,
    buyer            uuid NOT NULL,
    owner            text NOT NULL,
    currency         text NOT NULL,
    -- The lines before a discount, what a coupon takes off, and what the buyer pays in all.
    subtotal         numeric NOT NULL,
    discount         numeric NOT NULL,
    total            numeric NOT NULL,
    coupon           text,
    -- Who bears the discount: platform or seller.
    bearer           text,
    delivery_fee     numeric,
    courier          uuid,
    -- Taxes on top, and the commission agreed with each seller, as the event holds them.
    taxes            jsonb NOT NULL,
    agreed           jsonb NOT NULL,
    fulfilment       text NOT NULL,
    -- What the buyer paid and got back, and what the platform got back of its discount.
    paid             numeric NOT NULL,
    refunded         numeric NOT NULL,
    promotion_back   numeric NOT NULL,
    payin            uuid,
    status           text NOT NULL,
    reason           text,
    pay_by           timestamptz NOT NULL,
    settle_at        timestamptz,
    settled_by       text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, sale)
);
CREATE UNIQUE INDEX ON orders (ledger, created_revision);
CREATE INDEX ON orders (ledger, owner, created_revision);
CREATE INDEX ON orders (ledger, buyer, created_revision);
CREATE INDEX ON orders (ledger, status, created_revision);
CREATE INDEX ON orders (ledger, coupon) WHERE coupon IS NOT NULL;

-- Their lines.
CREATE TABLE order_lines (
    ledger           text NOT NULL,
    sale             uuid NOT NULL,
    number           integer NOT NULL,
    seller           uuid NOT NULL,
    owner            text NOT NULL,
    kind             text NOT NULL,
    unit_price       numeric NOT NULL,
    quantity         bigint NOT NULL,
    gross            numeric NOT NULL,
    discount         numeric NOT NULL,
    -- What the seller gets for it, before commission.
    price            numeric NOT NULL,
    -- What was given back of its price, and how many of it.
    refunded         numeric NOT NULL,
    returned         bigint NOT NULL,
    capacity         text,
    entitlements     jsonb NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, sale, number)
);
CREATE INDEX ON order_lines (ledger, seller);
CREATE INDEX ON order_lines (ledger, owner);
CREATE INDEX ON order_lines (ledger, capacity) WHERE capacity IS NOT NULL;

-- What was given back of orders, each time.
CREATE TABLE order_refunds (
    ledger           text NOT NULL,
    sale             uuid NOT NULL,
    -- Its revision: not all have an id.
    place            bigint NOT NULL,
    -- Absent where the payment was taken back from outside.
    refund           uuid,
    reason           text NOT NULL,
    currency         text NOT NULL,
    to_buyer         numeric NOT NULL,
    promotion        numeric NOT NULL,
    delivery         numeric NOT NULL,
    lines            jsonb NOT NULL,
    taxes            jsonb NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, sale, place)
);

-- Coupons. How often they are used, and what they cost, their orders say.
CREATE TABLE coupons (
    ledger           text NOT NULL,
    coupon           text NOT NULL,
    -- Basis points, or an amount.
    percent          integer,
    amount           numeric,
    currency         text,
    -- Who bears it: platform or seller, and which.
    bearer           text NOT NULL,
    seller           uuid,
    valid_from       timestamptz,
    valid_to         timestamptz,
    uses             bigint,
    minimum          numeric,
    minimum_currency text,
    disabled         boolean NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, coupon)
);
CREATE UNIQUE INDEX ON coupons (ledger, created_revision);

-- How many places there are. What is taken of them, orders say.
CREATE TABLE capacities (
    ledger           text NOT NULL,
    capacity         text NOT NULL,
    places           bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, capacity)
);
CREATE UNIQUE INDEX ON capacities (ledger, created_revision);

-- What somebody may use.
CREATE TABLE entitlements (
    ledger           text NOT NULL,
    entitlement      uuid NOT NULL,
    -- Whose it is now, and whose it was first.
    wallet           uuid NOT NULL,
    first_wallet     uuid NOT NULL,
    kind             text NOT NULL,
    seller           uuid,
    sale             uuid,
    line             integer,
    ends_at          timestamptz,
    status           text NOT NULL,
    -- By which use it was used up.
    used             text,
    reason           text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, entitlement)
);
CREATE UNIQUE INDEX ON entitlements (ledger, created_revision);
CREATE INDEX ON entitlements (ledger, wallet, created_revision);
CREATE INDEX ON entitlements (ledger, sale) WHERE sale IS NOT NULL;
