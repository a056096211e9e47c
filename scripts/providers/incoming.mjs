// What the providers' own SDKs sign is booked once; what is altered, replayed, cut, written
// otherwise or signed with another secret is refused, and nothing of it is in the ledger.
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import Stripe from 'stripe';
import fedapay from 'fedapay';
import { Webhook } from 'standardwebhooks';

const env = Object.fromEntries(
  readFileSync(process.argv[2], 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 2, -1)]),
);
const url = env.CAURI_URL;
const now = () => Math.floor(Date.now() / 1000);

async function graphql(token, query, variables) {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${env[token]}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

async function mutate(name, input) {
  const kind = `${name[0].toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation($input: ${kind}!) { ${name}(input: $input) {
    __typename ... on Refused { code message } } }`;
  const data = await graphql('TOKEN_SERVICE', query, {
    input: { commandId: randomUUID(), ...input },
  });
  assert.notEqual(data[name].__typename, 'Refused', JSON.stringify(data));
}

const head = async () => (await graphql('TOKEN_FINANCE', '{ ledger { head } }', {})).ledger.head;

async function available(wallet, currency) {
  const query = `query($id: UUID!, $at: Revision) {
    wallet(id: $id, atLeastRevision: $at) { balances { currency available } } }`;
  const data = await graphql('TOKEN_FINANCE', query, { id: wallet, at: await head() });
  const found = data.wallet.balances.find((balance) => balance.currency === currency);
  return found?.available ?? '0';
}

async function becomes(wallet, currency, wanted) {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await available(wallet, currency)) === wanted) return;
    await new Promise((later) => setTimeout(later, 100));
  }
  assert.equal(await available(wallet, currency), wanted);
}

async function deliver(provider, headers, body) {
  const answer = await fetch(`${url}/webhooks/${provider}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return answer.status;
}

const stripe = new Stripe('sk_test_nobody');
const providers = {
  stripe: {
    secret: env.CAURI_STRIPE_WEBHOOK_SECRET,
    money: ['12.50', 'USD'],
    body: (payin) => ({
      id: `evt_${randomUUID()}`,
      object: 'event',
      type: 'payment_intent.succeeded',
      data: {
        object: {
          id: `pi_${randomUUID()}`,
          object: 'payment_intent',
          amount: 1250,
          amount_received: 1250,
          currency: 'usd',
          description: 'pens & paper',
          metadata: { cauri_payin: payin },
        },
      },
    }),
    sign: (payload, secret, timestamp) => ({
      'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }),
    }),
    other: 'whsec_of_somebody_else',
  },
  fedapay: {
    secret: env.CAURI_FEDAPAY_WEBHOOK_SECRET,
    money: ['1250', 'XOF'],
    body: (payin) => ({
      name: 'transaction.approved',
      object: 'transaction',
      entity: {
        id: Math.floor(Math.random() * 1e9),
        klass: 'v1/transaction',
        status: 'approved',
        amount: 1250,
        currency: { iso: 'XOF', div: 1 },
        description: 'pens & paper',
        merchant_reference: payin,
      },
    }),
    sign: (payload, secret, timestamp) => ({
      'x-fedapay-signature': fedapay.Webhook.generateTestHeaderString({
        payload,
        secret,
        timestamp,
      }),
    }),
    other: 'wh_of_somebody_else',
  },
  sim: {
    secret: env.CAURI_SIM_WEBHOOK_SECRET,
    money: ['1250', 'XOF'],
    body: (payin) => ({
      type: 'payin.succeeded',
      id: `pi_${randomUUID()}`,
      reference: payin,
      amount: '1250',
      currency: 'XOF',
      description: 'pens & paper',
    }),
    sign: (payload, secret, timestamp) => {
      const id = `msg_${randomUUID()}`;
      return {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': new Webhook(secret).sign(id, new Date(timestamp * 1000), payload),
      };
    },
    other: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  },
};

for (const [provider, { secret, money, body, sign, other }] of Object.entries(providers)) {
  const [amount, currency] = money;
  const [wallet, payin] = [randomUUID(), randomUUID()];
  await mutate('openWallet', { wallet, owner: `sdk-${provider}` });
  await mutate('initiatePayin', { payin, wallet, amount, currency, provider });
  const payload = JSON.stringify(body(payin));
  const good = sign(payload, secret, now());
  const before = await head();

  const forged = {
    'signed with another secret': [sign(payload, other, now()), payload],
    'signed an hour ago': [sign(payload, secret, now() - 3600), payload],
    'another amount': [good, payload.replace('1250', '9250')],
    'cut off': [good, payload.slice(0, -1)],
    'written otherwise': [good, payload.replace('&', '\\u0026')],
    'a byte more': [good, `${payload} `],
    'not signed': [{}, payload],
  };
  for (const [what, [headers, sent]] of Object.entries(forged)) {
    const status = await deliver(provider, headers, sent);
    assert.ok(status === 400 || status === 401, `${provider}, ${what}: ${status}`);
  }
  assert.equal(await head(), before, `${provider}: what was refused is in the ledger`);
  assert.equal(await available(wallet, currency), '0');

  assert.equal(await deliver(provider, good, payload), 200, `${provider}: signed by its SDK`);
  await becomes(wallet, currency, amount);
  const again = sign(payload, secret, now());
  assert.equal(await deliver(provider, again, payload), 200, `${provider}: told again`);
  assert.equal(await available(wallet, currency), amount, `${provider}: booked once`);
  const refused = Object.keys(forged).length;
  console.log(`ok      ${provider}: signed by its SDK and booked once, ${refused} forgeries refused`);
}
