-- The log. It may lie in another database than the read models, so it has migrations of its own;
-- each is run once, in order, by who is allowed to (docs/stores.md says how to run it as somebody
-- else than the server).

-- The bodies are kept in `json`, not `jsonb`: byte by byte as they were given, because their hashes
-- are over these bytes.
CREATE TABLE cauri_log.events (
    ledger   text   NOT NULL,
    revision bigint NOT NULL CHECK (revision >= 0),
    hash     bytea  NOT NULL CHECK (octet_length(hash) = 32),
    body     json   NOT NULL,
    PRIMARY KEY (ledger, revision)
);

COMMENT ON TABLE cauri_log.events IS
    'Append-only. hash = sha256(hash of the revision before, as 64 hex characters, then the body).';

-- Where each ledger ends. Who appends holds the row: so revisions have no gap, and the order of
-- commits is their order.
CREATE TABLE cauri_log.heads (
    ledger   text   PRIMARY KEY,
    revision bigint NOT NULL CHECK (revision >= -1),
    hash     bytea  NOT NULL CHECK (octet_length(hash) = 32),
    -- Under which epoch the last batch was appended.
    epoch    bigint NOT NULL
);

-- One row. An append is refused under any other epoch than this one.
CREATE TABLE cauri_log.fence (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch   bigint NOT NULL,
    -- Counted up to have a commit to wait for: when it is durable everywhere, so is what came before.
    barrier bigint NOT NULL DEFAULT 0
);
INSERT INTO cauri_log.fence (epoch) VALUES (0);

-- One row: who may append, and where it is reached, by the clock of this database.
CREATE TABLE cauri_log.lease (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    holder     text        NOT NULL,
    address    text        NOT NULL,
    epoch      bigint      NOT NULL,
    expires_at timestamptz NOT NULL
);
INSERT INTO cauri_log.lease (holder, address, epoch, expires_at) VALUES ('', '', 0, '-infinity');

CREATE FUNCTION cauri_log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cauri_log.% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cauri_log.events
    FOR EACH STATEMENT EXECUTE FUNCTION cauri_log.refuse_change();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON cauri_log.heads
    FOR EACH STATEMENT EXECUTE FUNCTION cauri_log.refuse_change();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON cauri_log.fence
    FOR EACH STATEMENT EXECUTE FUNCTION cauri_log.refuse_change();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON cauri_log.lease
    FOR EACH STATEMENT EXECUTE FUNCTION cauri_log.refuse_change();
-- Also in a session that says that it replicates.
ALTER TABLE cauri_log.events ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE cauri_log.heads ENABLE ALWAYS TRIGGER kept;
ALTER TABLE cauri_log.fence ENABLE ALWAYS TRIGGER kept;
ALTER TABLE cauri_log.lease ENABLE ALWAYS TRIGGER kept;

CREATE FUNCTION cauri_log.refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'heads' THEN
        IF NEW.ledger <> OLD.ledger OR NEW.revision <= OLD.revision OR NEW.epoch < OLD.epoch THEN
            RAISE EXCEPTION 'a ledger''s end only moves on' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF NEW.epoch < OLD.epoch THEN
        RAISE EXCEPTION 'an epoch only goes up' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER only_on BEFORE UPDATE ON cauri_log.heads
    FOR EACH ROW EXECUTE FUNCTION cauri_log.refuse_going_back();
CREATE TRIGGER only_on BEFORE UPDATE ON cauri_log.fence
    FOR EACH ROW EXECUTE FUNCTION cauri_log.refuse_going_back();
CREATE TRIGGER only_on BEFORE UPDATE ON cauri_log.lease
    FOR EACH ROW EXECUTE FUNCTION cauri_log.refuse_going_back();

-- Appends a batch, whole, or says why not: `appended`; `conflict`, with the revision at which the
-- ledger ends (-1 for an empty one); `fenced`, with the epoch that is in force. One call, one
-- round trip, one commit.
CREATE FUNCTION cauri_log.append(
    in_ledger text,
    in_expected bigint,
    in_epoch bigint,
    in_hashes bytea[],
    in_bodies text[],
    OUT outcome text,
    OUT actual bigint
) LANGUAGE plpgsql AS $$
DECLARE
    added integer := cardinality(in_hashes);
BEGIN
    -- Held until the commit: who takes the fence over waits for it, and after that there is none.
    SELECT epoch INTO STRICT actual FROM cauri_log.fence FOR SHARE;
    IF actual <> in_epoch THEN
        outcome := 'fenced';
        RETURN;
    END IF;
    SELECT revision INTO actual FROM cauri_log.heads WHERE ledger = in_ledger FOR UPDATE;
    IF NOT FOUND THEN
        IF in_expected <> -1 THEN
            outcome := 'conflict';
            actual := -1;
            RETURN;
        END IF;
        INSERT INTO cauri_log.heads (ledger, revision, hash, epoch)
            VALUES (in_ledger, -1, decode(repeat('00', 32), 'hex'), in_epoch)
            ON CONFLICT DO NOTHING;
        SELECT revision INTO STRICT actual FROM cauri_log.heads WHERE ledger = in_ledger FOR UPDATE;
    END IF;
    IF actual <> in_expected THEN
        outcome := 'conflict';
        RETURN;
    END IF;
    INSERT INTO cauri_log.events (ledger, revision, hash, body)
        SELECT in_ledger, in_expected + new.place, new.hash, new.body::json
        FROM unnest(in_hashes, in_bodies) WITH ORDINALITY AS new (hash, body, place);
    actual := in_expected + added;
    UPDATE cauri_log.heads SET revision = actual, hash = in_hashes[added], epoch = in_epoch
        WHERE ledger = in_ledger;
    outcome := 'appended';
END
$$;

-- Takes the lease if nobody has it, under a new epoch; says who has it now, and for how long.
CREATE FUNCTION cauri_log.acquire(
    in_holder text,
    in_address text,
    in_seconds double precision,
    OUT acquired boolean,
    OUT holder text,
    OUT address text,
    OUT epoch bigint,
    OUT seconds_left double precision
) LANGUAGE plpgsql AS $$
DECLARE
    ends timestamptz;
BEGIN
    SELECT it.holder, it.address, it.epoch, it.expires_at
        INTO STRICT holder, address, epoch, ends FROM cauri_log.lease AS it FOR UPDATE;
    acquired := ends <= clock_timestamp();
    IF acquired THEN
        -- Waits for the appends that are on their way.
        UPDATE cauri_log.fence AS it SET epoch = it.epoch + 1 RETURNING it.epoch INTO STRICT epoch;
        ends := clock_timestamp() + make_interval(secs => in_seconds);
        UPDATE cauri_log.lease AS it
            SET holder = in_holder, address = in_address, epoch = acquire.epoch, expires_at = ends;
        holder := in_holder;
        address := in_address;
    END IF;
    seconds_left := extract(epoch FROM ends - clock_timestamp());
END
$$;
