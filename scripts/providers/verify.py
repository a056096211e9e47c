"""What the simulated provider sent is what the SDKs for Python verify, and nothing else."""

import json
import os
import sys

import stripe
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

with open(sys.argv[1], encoding="utf-8") as file:
    deliveries = {delivery["provider"]: delivery for delivery in json.load(file)}


def expect_refused(refusal, verify):
    try:
        verify()
    except refusal:
        return
    raise SystemExit("an altered delivery was verified")


sim = deliveries["sim"]
webhook = Webhook(os.environ["CAURI_SIM_WEBHOOK_SECRET"])
assert webhook.verify(sim["body"], sim["headers"])["type"] == "payin.succeeded"
altered = sim["body"].replace("1250", "9250")
expect_refused(WebhookVerificationError, lambda: webhook.verify(altered, sim["headers"]))
print("ok      sim: verified by standardwebhooks for Python")

card = deliveries["stripe"]
header, secret = card["headers"]["stripe-signature"], os.environ["CAURI_SIM_STRIPE_SECRET"]
event = stripe.Webhook.construct_event(card["body"], header, secret)
assert event["type"] == "payment_intent.succeeded"
altered = card["body"].replace("1250", "9250")
expect_refused(
    stripe.SignatureVerificationError,
    lambda: stripe.Webhook.construct_event(altered, header, secret),
)
print("ok      stripe: verified by stripe for Python")
