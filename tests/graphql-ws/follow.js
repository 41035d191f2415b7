// Follows the record of a server of its own with npm graphql-ws, as its users would:
//   node follow.js target/debug/milepost
// A hundred subscribers, one of them slow and some of them coming and going, while commands are recorded: nobody loses
// an act or gets one twice. Who may see what; every close code; what becomes of open sockets when the service stops.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { Server } from './server.js';

const SUBSCRIBERS = 100;
const COMMANDS = 400;
const AT_ONCE = 8;
const COMING_AND_GOING = 15;

const RECORDED = `subscription ($filter: RecordedFilter, $after: String) {
  recorded(filter: $filter, after: $after) { token thing { id kind } entry { id eventType payload visibility } } }`;
// The same acts in many more bytes.
const AT_LENGTH = `subscription ($filter: RecordedFilter, $after: String) { recorded(filter: $filter, after: $after) { token entry { id
  ${Array.from({ length: 28 }, (_, at) => `e${at}: evidence { title }`).join(' ')} } } }`;

/** What is meant here. Who looks at it with which token is on record too, and told to them, to administrators and to auditors. */
const THINGS = { kinds: ['ORGANISATION', 'CLUSTER', 'PROJECT'] };

/** Somebody who follows the record, and starts again after the last token when the connection is lost. */
class Follower {
  constructor(server, token, { query = RECORDED, filter = THINGS } = {}) {
    Object.assign(this, { server, token, query, filter, acts: [], last: undefined, closes: [], ended: false });
  }

  /** Resolves once the server has begun to follow. */
  begin() {
    return new Promise((begun) => {
      this.client = createClient({
        url: this.server.socket,
        webSocketImpl: WebSocket,
        connectionParams: { Authorization: `Bearer ${this.token}` },
        // Whoever starts again does so after the last token, and not where it first began.
        retryAttempts: 0,
        on: {
          connected: (socket) => (this.socket = socket),
          closed: (event) => this.closes.push(event.code),
          pong: (received) => received && begun(),
        },
      });
      const variables = { after: this.last, filter: this.filter };
      const { client } = this;
      const sink = {
        next: ({ data, errors }) => {
          // What had come in before a connection was lost is not heard twice.
          if (this.client !== client) return;
          assert(!errors, JSON.stringify(errors));
          this.last = data.recorded.token;
          this.acts.push(data.recorded);
          this.onAct?.(this);
        },
        error: (error) => (this.error = error),
        complete: () => (this.ended = true),
      };
      this.stop = this.client.subscribe({ query: this.query, variables }, sink);
      const asked = setInterval(() => {
        if (this.socket?.readyState === WebSocket.OPEN) {
          clearInterval(asked);
          this.socket.send('{"type":"ping"}');
        }
      }, 5);
    });
  }

  /** Loses the connection, in the middle of whatever is on its way. */
  lose() {
    this.socket.terminate();
    this.socket = undefined;
    return this.begin();
  }

  ids() {
    return this.acts.map(({ entry }) => entry.id);
  }
}

function assertSame(ids, order, who) {
  const at = ids.findIndex((id, at) => id !== order[at]);
  const lost = order.filter((id) => !ids.includes(id)).length;
  const twice = ids.length - new Set(ids).size;
  assert(at < 0 && ids.length === order.length, `${who} differs at ${at} of ${ids.length}: ${lost} lost, ${twice} twice`);
}

async function hundredSubscribers(server) {
  const tokens = Array.from({ length: SUBSCRIBERS / 5 }, () => server.token('auditor'));
  const followers = Array.from({ length: SUBSCRIBERS }, (_, at) => new Follower(server, tokens[at % tokens.length]));
  const [slow, ...others] = followers;
  slow.query = AT_LENGTH;
  await Promise.all(followers.map((follower) => follower.begin()));
  slow.socket._socket.pause();
  await server.until(async () => (await server.metric('milepost_subscriptions_open')) === SUBSCRIBERS);

  // Some lose their connection at some act or other, more than once.
  others.slice(0, COMING_AND_GOING).forEach((follower, at) => {
    const losing = [20 + 7 * at, 150 + 3 * at, 390];
    follower.onAct = () => losing.includes(follower.acts.length) && follower.lose();
  });

  const administrator = server.token('administrator');
  const evidence = Array.from({ length: 20 }, (_, at) => ({ title: `${at} `.padEnd(150, 'x') }));
  const facts = [];
  let command = 0;
  const started = Date.now();
  const recording = Array.from({ length: AT_ONCE }, async () => {
    while (command < COMMANDS) {
      const input = { name: `Works ${command++}`, kind: 'COMPANY', occurredOn: '2024', evidence };
      facts.push((await server.record(administrator, 'organisationRegister', 'organisation', input)).fact);
    }
  });
  await Promise.all(recording);
  const recorded = Date.now();
  await server.until(() => others.every((follower) => follower.acts.length >= COMMANDS), 60_000);
  const told = Date.now();
  assert(slow.acts.length < COMMANDS, 'the slow one has been given everything already: nothing was held back');
  const order = others.at(-1).ids();
  assert.equal(new Set(order).size, COMMANDS);
  assert.deepEqual([...order].sort(), [...facts].sort());
  others.forEach((follower, at) => assertSame(follower.ids(), order, `subscriber ${at + 1}`));
  const got = slow.acts.length;
  slow.socket._socket.resume();
  await server.until(() => slow.acts.length >= COMMANDS, 60_000);
  assertSame(slow.ids(), order, 'the slow one');

  // A token of a hundred acts ago leads to the other three hundred.
  const back = new Follower(server, others.at(-1).token);
  back.last = others.at(-1).acts[99].token;
  await back.begin();
  await server.until(() => back.acts.length >= COMMANDS - 100);
  assertSame(back.ids(), order.slice(100), 'whoever came back');

  await Promise.all([...followers, back].map((follower) => follower.client.dispose()));
  await server.until(async () => (await server.metric('milepost_subscriptions_open')) === 0);
  await server.until(async () => (await server.metric('milepost_sockets_open')) === 0);
  const lag = told - recorded;
  console.log(
    `${COMMANDS} acts to ${SUBSCRIBERS} subscribers: recorded in ${recorded - started} ms, everybody told ${lag} ms later; ` +
      `the slow one had ${got} of them by then; ${COMING_AND_GOING} lost their connection three times`,
  );
}

async function visibility(server) {
  const administrator = server.token('administrator');
  const cluster = await server.record(administrator, 'clusterRegister', 'cluster', { name: 'Solway', country: 'GB', occurredOn: '2021' });
  const manager = server.token('cluster_manager', '--cluster', cluster.id);
  const capex = { amount: '1250000', currency: 'GBP' };
  const follow = async (token, filter) => {
    const follower = new Follower(server, token, { filter });
    await follower.begin();
    return follower;
  };
  const byRole = {
    manager: await follow(manager),
    auditor: await follow(server.token('auditor')),
    funder: await follow(server.token('funder')),
    regulator: await follow(server.token('regulator')),
    lead: await follow(server.token('project_lead')),
    filtered: await follow(manager, { clusters: [cluster.id], kinds: ['PROJECT'], eventTypes: ['MilestonePlanned'] }),
  };
  const project = await server.record(manager, 'projectRegister', 'project', { title: 'Furnace', cluster: cluster.id, capex, occurredOn: '2022' });
  const milestone = (name, visibility) => ({ project: project.id, milestone: name, dueOn: '2026', occurredOn: '2023', visibility });
  const quiet = await server.record(manager, 'milestonePlan', 'project', milestone('quiet', 'PARTIES'));
  await server.record(manager, 'factRetract', 'thing', { thing: project.id, fact: quiet.fact, reason: 'too early' });
  await server.record(manager, 'milestonePlan', 'project', milestone('open'));

  const types = (follower) => follower.acts.map(({ entry }) => entry.eventType);
  const all = ['ProjectRegistered', 'MilestonePlanned', 'FactRetracted', 'MilestonePlanned'];
  const expected = {
    manager: all,
    auditor: all,
    funder: ['ProjectRegistered', 'MilestonePlanned'],
    regulator: ['ProjectRegistered', 'MilestonePlanned'],
    lead: ['ProjectRegistered', 'MilestonePlanned'],
    filtered: ['MilestonePlanned', 'MilestonePlanned'],
  };
  for (const [role, follower] of Object.entries(byRole)) {
    await server.until(() => follower.acts.length >= expected[role].length);
    assert.deepEqual(types(follower), expected[role], role);
    // A company's figure is for its parties, funders and auditors; the lead leads other projects.
    const shown = follower.acts[0].entry.payload.includes('capex');
    assert.equal(shown, ['manager', 'auditor', 'funder'].includes(role), role);
  }
  assert(!JSON.stringify(byRole.funder.acts).includes('quiet'));
  await Promise.all(Object.values(byRole).map((follower) => follower.client.dispose()));
}

/** A WebSocket that says `messages`: the code with which it is closed, and what was heard before. */
function spoken(server, messages, { protocol = 'graphql-transport-ws', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(server.socket, protocol, { headers });
    const heard = [];
    socket.on('open', () => messages.forEach((message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))));
    socket.on('message', (message) => heard.push(JSON.parse(message)));
    socket.on('close', (code) => resolve({ code, heard }));
    socket.on('unexpected-response', (_, response) => resolve({ status: response.statusCode }));
    socket.on('error', reject);
  });
}

async function closeCodes(server) {
  const token = server.token('auditor');
  const init = { type: 'connection_init', payload: { Authorization: `Bearer ${token}` } };
  const subscribe = { id: '1', type: 'subscribe', payload: { query: RECORDED } };
  const code = async (messages, options) => (await spoken(server, messages, options)).code;
  const started = Date.now();
  const late = code([]).then((code) => [code, Date.now() - started]);
  assert.equal(await code(['nonsense']), 4400);
  assert.equal(await code([init, { id: '1', type: 'subscribe' }]), 4400);
  assert.equal(await code([subscribe]), 4401);
  assert.equal(await code([{ type: 'connection_init' }]), 4403);
  assert.equal(await code([{ type: 'connection_init', payload: { Authorization: 'Bearer x' } }]), 4403);
  assert.equal(await code([init, subscribe, subscribe]), 4409);
  assert.equal(await code([init, init]), 4429);
  assert.equal(await code([init, { type: 'ping', payload: { x: 'x'.repeat(70_000) } }]), 1009);
  assert.equal((await spoken(server, [], { headers: { origin: 'https://evil.example' } })).status, 403);
  const header = { headers: { authorization: `Bearer ${token}` } };
  const { code: twice, heard } = await spoken(server, [{ type: 'connection_init' }, subscribe, subscribe], header);
  assert.deepEqual([twice, heard[0].type], [4409, 'connection_ack']);
  const [lateCode, waited] = await late;
  assert.equal(lateCode, 4408);
  assert(waited >= 9_500 && waited < 15_000, `it waited ${waited} ms`);
}

/** Whoever sends no pings is kept, and whoever's token ends is not. */
async function silence(server) {
  const quiet = new Follower(server, server.token('auditor'));
  await quiet.begin();
  const brief = new Follower(server, server.token('auditor', '--expires', '2s'));
  await brief.begin();
  // A token is good for 30 s beyond its end, since clocks differ.
  await server.until(() => brief.closes.length > 0, 45_000);
  assert.deepEqual(brief.closes, [4403]);
  await server.record(server.token('administrator'), 'organisationRegister', 'organisation', { name: 'Last', kind: 'PORT', occurredOn: '2024' });
  await server.until(() => quiet.acts.some(({ entry }) => entry.payload?.includes('Last')));
  assert.deepEqual(quiet.closes, []);
  await Promise.all([quiet.client.dispose(), brief.client.dispose()]);
}

async function stopping(server) {
  const followers = Array.from({ length: 10 }, () => new Follower(server, server.token('auditor')));
  await Promise.all(followers.map((follower) => follower.begin()));
  // One that reads nothing, and has much to read.
  const stuck = new Follower(server, server.token('auditor'), { query: AT_LENGTH.replace('after: $after', 'after: $after, fromStart: true') });
  await stuck.begin();
  stuck.socket._socket.pause();
  const { code, took } = await server.stop();
  assert.equal(code, 0);
  assert(took < 5_000, `it took ${took} ms`);
  await server.until(() => followers.every((follower) => follower.closes.length > 0));
  assert(followers.every((follower) => follower.closes[0] === 1001));
  assert.deepEqual(server.errors, []);
  stuck.socket.terminate();
  console.log(`it stopped in ${took} ms with ${followers.length + 1} subscribers`);
}

const [milepost] = process.argv.slice(2);
if (!milepost) {
  console.error('usage: node follow.js target/debug/milepost');
  process.exit(2);
}
const server = await Server.start(milepost);
try {
  const [quiet, codes] = [silence(server), closeCodes(server)];
  await visibility(server);
  await Promise.all([quiet, codes]);
  await hundredSubscribers(server);
  await stopping(server);
  console.log('subscriptions: all as expected');
} finally {
  server.remove();
}
process.exit(0);
