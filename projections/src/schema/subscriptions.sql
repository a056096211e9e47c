-- What can be subscribed to: the latest version of each plan, whole as the log has it.
CREATE TABLE plans (
    ledger           text NOT NULL,
    plan             text NOT NULL,
    version          integer NOT NULL,
    offered          boolean NOT NULL,
    terms            jsonb NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, plan)
);
CREATE INDEX ON plans (ledger, created_revision);

CREATE TABLE subscriptions (
    ledger           text NOT NULL,
    subscription     uuid NOT NULL,
    wallet           uuid NOT NULL,
    owner            text NOT NULL,
    plan             text NOT NULL,
    plan_version     integer NOT NULL,
    price            numeric,
    currency         text,
    pay              text NOT NULL,
    status           text NOT NULL,
    -- Which of its periods, from 1; 0 for a trial.
    number           bigint NOT NULL,
    period_start     date NOT NULL,
    period_end       date NOT NULL,
    -- When it renews, or ends.
    ends_at          timestamptz,
    ending           boolean NOT NULL DEFAULT false,
    next_plan        text,
    -- While something is due: since when, how often it was tried, why not, and what comes next.
    due_since        timestamptz,
    tries            bigint NOT NULL DEFAULT 0,
    failure          text,
    retry_at         timestamptz,
    expires_at       timestamptz,
    -- Sums over all periods, in major units.
    paid             numeric NOT NULL DEFAULT 0,
    refunded         numeric NOT NULL DEFAULT 0,
    recognised       numeric NOT NULL DEFAULT 0,
    ended_by         text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, subscription)
);
CREATE UNIQUE INDEX ON subscriptions (ledger, created_revision);
CREATE INDEX ON subscriptions (ledger, owner, created_revision);
CREATE INDEX ON subscriptions (ledger, status, created_revision);
CREATE INDEX ON subscriptions (ledger, wallet);

-- What was used, by day and meter.
CREATE TABLE usage_days (
    ledger           text NOT NULL,
    subscription     uuid NOT NULL,
    day              date NOT NULL,
    meter            text NOT NULL,
    quantity         numeric NOT NULL,
    late             numeric NOT NULL,
    PRIMARY KEY (ledger, subscription, day, meter)
);

-- Invoices and credit notes: their numbers have no gap within an issuer and a series.
CREATE TABLE invoices (
    ledger           text NOT NULL,
    invoice          uuid NOT NULL,
    -- invoice or credit_note
    series           text NOT NULL,
    number           bigint NOT NULL,
    -- The seller that issues it; the platform where there is none.
    issuer           uuid,
    wallet           uuid NOT NULL,
    owner            text NOT NULL,
    -- period, usage, other, or the note's invoice
    about            text NOT NULL,
    subscription     uuid,
    of               uuid,
    reference        text,
    lines            jsonb NOT NULL,
    total            numeric NOT NULL,
    tax              numeric NOT NULL,
    currency         text NOT NULL,
    due_at           timestamptz,
    status           text NOT NULL,
    credited         numeric NOT NULL DEFAULT 0,
    reason           text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, invoice)
);
CREATE INDEX ON invoices (ledger, created_revision);
CREATE INDEX ON invoices (ledger, owner, created_revision);
CREATE INDEX ON invoices (ledger, subscription);
