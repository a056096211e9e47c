-- What was sent to endpoints only to see whether they answer: the last messages of the type
-- endpoint.test, the oldest first, in the form of outgoing.delivery.attempts.
ALTER TABLE outgoing.endpoint ADD COLUMN tests jsonb NOT NULL DEFAULT '[]';
