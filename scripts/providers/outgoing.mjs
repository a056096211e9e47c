// What the simulated provider sends is what the providers' own SDKs verify, and nothing else.
import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import Stripe from 'stripe';
import fedapay from 'fedapay';
import { Webhook } from 'standardwebhooks';

const [simulator, receiver] = process.argv.slice(2);
const stripe = new Stripe('sk_test_nobody');
const secrets = {
  sim: process.env.CAURI_SIM_WEBHOOK_SECRET,
  stripe: process.env.CAURI_SIM_STRIPE_SECRET,
  fedapay: process.env.CAURI_SIM_FEDAPAY_SECRET,
};
const verify = {
  sim: (body, headers) => new Webhook(secrets.sim).verify(body, headers),
  stripe: (body, headers) =>
    stripe.webhooks.constructEvent(body, headers['stripe-signature'], secrets.stripe),
  fedapay: (body, headers) =>
    fedapay.Webhook.constructEvent(body, headers['x-fedapay-signature'], secrets.fedapay),
};

const payins = {};
for (const speak of Object.keys(verify)) {
  payins[speak] = randomUUID();
  const answer = await fetch(`${simulator}/v1/payins/${payins[speak]}/pay`, {
    method: 'POST',
    body: JSON.stringify({ amount: '1250', currency: 'XOF', speak }),
  });
  assert.equal(answer.status, 202, await answer.text());
}
let deliveries = [];
for (let tries = 0; tries < 100 && deliveries.length < 3; tries += 1) {
  await new Promise((later) => setTimeout(later, 100));
  deliveries = await (await fetch(`${receiver}/deliveries`)).json();
}
assert.equal(deliveries.length, 3);
for (const { provider, headers, body } of deliveries) {
  const event = verify[provider](body, headers);
  assert.ok(JSON.stringify(event).includes(payins[provider]), `${provider}: ${body}`);
  assert.throws(() => verify[provider](body.replace('1250', '9250'), headers), provider);
  console.log(`ok      ${provider}: what the simulated provider signs, its SDK verifies`);
}
