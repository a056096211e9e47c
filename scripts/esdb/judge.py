"""Somebody else's client reads a ledger that Cauri keeps on EventStoreDB, and judges it."""

import hashlib
import json
import sys
import uuid

from esdbclient import EventStoreDBClient, NewEvent
from esdbclient.exceptions import WrongCurrentVersion

STREAM = "ledger-main"

# The vendor's address is read by each client in its own way: this one wants a capital letter.
client = EventStoreDBClient(uri=sys.argv[1].replace("?tls=", "?Tls="))


def check(events):
    """Every event is where it says, and chained to the one before."""
    previous, story = "0" * 64, {}
    for revision, event in enumerate(events):
        metadata, body = json.loads(event.metadata), json.loads(event.data)
        assert event.stream_position == body["r"] == revision, (event.stream_position, revision)
        assert event.type == body["t"], (event.type, body["t"])
        assert event.content_type == "application/json"
        chained = hashlib.sha256(previous.encode() + event.data).hexdigest()
        assert metadata["hash"] == chained, f"the chain breaks at {revision}"
        # The ids are derived, so that the same event has the same id for ever.
        place = uuid.uuid5(uuid.NAMESPACE_OID, f"cauri:{body['l']}:{revision}")
        assert event.id == uuid.uuid5(place, chained), f"revision {revision} has another id"
        assert metadata["$correlationId"] == body.get("cor", body["c"])
        if "cau" in body:
            assert metadata["$causationId"] == f"{body['cau']}@{STREAM}"
        previous = chained
        story[event.type] = story.get(event.type, 0) + 1
    return previous, story


events = client.get_stream(STREAM)
assert len(events) > 20, f"the demo left {len(events)} events"
head, story = check(events)
print(f"ok      esdbclient read {len(events)} events of {len(story)} types; the chain ends in {head}")

# Backwards, in part, and by subscription it is the same.
last = client.get_stream(STREAM, backwards=True, limit=3)
assert [it.id for it in last] == [it.id for it in reversed(events[-3:])]
with client.subscribe_to_stream(STREAM, timeout=10) as subscription:
    followed = [next(subscription) for _ in events]
assert [it.id for it in followed] == [it.id for it in events]
print("ok      a subscription and a read backwards show the same events")

names = [json.loads(it.data)["ledger"] for it in client.get_stream("cauri-ledgers")]
assert names.count("main") == 1, names

# Nobody appends behind the writer's back at a revision that is taken.
foreign = NewEvent(type="foreign", data=b"{}", content_type="application/json")
for revision in (0, len(events) // 2):
    try:
        client.append_to_stream(STREAM, current_version=revision, events=[foreign])
    except WrongCurrentVersion:
        continue
    raise SystemExit(f"an append after revision {revision} was taken")
again = client.get_stream(STREAM)
assert [it.id for it in again[: len(events)]] == [it.id for it in events]
check(again)
print("ok      appends at wrong revisions were refused, and changed nothing")
