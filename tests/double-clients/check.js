// Checks a server with the Node client of EventStoreDB: node check.js "esdb://127.0.0.1:2113?tls=false"
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  BACKWARDS, END, KurrentDBClient, NO_STREAM, START, StreamNotFoundError, WrongExpectedVersionError, jsonEvent, streamNameFilter,
} from "@kurrent/kurrentdb-client";

const PREFIX = `check${randomUUID().slice(0, 8)}_`;
const client = KurrentDBClient.connectionString([process.argv[2]]);
const stream = () => `${PREFIX}permit-${randomUUID()}`;
const event = (n = 0) => jsonEvent({ id: randomUUID(), type: "PermitGranted", data: { n }, metadata: { occurred_on: "2024-02-01" } });
const ids = (events) => events.map(({ id }) => id);

async function all(read) {
  const events = [];
  for await (const { event } of read) events.push(event);
  return events;
}

const checks = {
  async "appended events are read back"() {
    const [name, events] = [stream(), [event(1), event(2), event(3)]];
    await client.appendToStream(name, events.slice(0, 2), { streamState: NO_STREAM });
    const { nextExpectedRevision } = await client.appendToStream(name, events.slice(2), { streamState: 1n });
    assert.equal(nextExpectedRevision, 2n);
    const read = await all(client.readStream(name, { fromRevision: START }));
    assert.deepEqual(ids(read), ids(events));
    assert.deepEqual(read.map(({ revision }) => revision), [0n, 1n, 2n]);
    assert.deepEqual(read[0].data, events[0].data);
    const last = await all(client.readStream(name, { direction: BACKWARDS, fromRevision: END, maxCount: 1 }));
    assert.deepEqual(ids(last), [events[2].id]);
  },

  async "a stream never written is not found"() {
    await assert.rejects(all(client.readStream(stream(), { fromRevision: START })), StreamNotFoundError);
  },

  async "an append at another revision is a conflict"() {
    const name = stream();
    await client.appendToStream(name, [event(), event()], { streamState: NO_STREAM });
    for (const streamState of [NO_STREAM, 0n, 7n]) {
      await assert.rejects(client.appendToStream(name, [event()], { streamState }), WrongExpectedVersionError);
    }
  },

  async "the same appended again is recorded once"() {
    const [name, events, later] = [stream(), [event(), event()], [event()]];
    await client.appendToStream(name, events, { streamState: NO_STREAM });
    await client.appendToStream(name, later, { streamState: 1n });
    await client.appendToStream(name, events, { streamState: NO_STREAM });
    assert.deepEqual(ids(await all(client.readStream(name, { fromRevision: START }))), ids([...events, ...later]));
    await assert.rejects(client.appendToStream(name, [events[1], event()], { streamState: 0n }), WrongExpectedVersionError);
  },

  async "a filtered subscription delivers, says that it caught up and goes on"() {
    const [name, events, live] = [stream(), [event(1), event(2), event(3)], event(4)];
    await client.appendToStream(name, events, { streamState: NO_STREAM });
    const subscription = client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ prefixes: [name] }) });
    const caughtUp = new Promise((resolve) => subscription.once("caughtUp", resolve));
    const delivered = [];
    const deadline = setTimeout(() => subscription.destroy(new Error("not all is delivered in time")), 30_000);
    caughtUp.then(() => client.appendToStream(name, [live], { streamState: 2n }));
    for await (const { event } of subscription) {
      if (delivered.push(event) > events.length) break;
    }
    clearTimeout(deadline);
    await subscription.unsubscribe();
    assert.deepEqual(ids(delivered), ids([...events, live]));
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error}`);
  }
}
await client.dispose();
process.exit(failed ? 1 : 0);
