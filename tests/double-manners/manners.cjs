// Whether a server of EventStoreDB's interface has the manners of a real one (EVENTSTOREDB.md, 'Seen on a real server').
// A real 23.10.6 passes. Usage: tests/double-manners/run.sh [HOST:PORT]   (no TLS; it writes streams manners-…)
const grpc = require('@grpc/grpc-js'), loader = require('@grpc/proto-loader'), protobuf = require('protobufjs'), { randomUUID } = require('crypto');
const [, , address, protos] = process.argv;
if (!address || !protos) { console.error('usage: node manners.cjs HOST:PORT PROTO_DIRECTORY'); process.exit(2); }
const definition = loader.loadSync(['streams.proto', 'shared.proto'], { includeDirs: [protos], keepCase: true, longs: String, oneofs: true });
const { Streams } = grpc.loadPackageDefinition(definition).event_store.client.streams;
const messages = new protobuf.Root();
messages.resolvePath = (_, target) => (target.startsWith('google/') ? target : `${protos}/${target}`);
messages.loadSync('shared.proto', { keepCase: true });
const client = () => new Streams(address, grpc.credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
const leader = () => { const headers = new grpc.Metadata(); headers.add('requires-leader', 'true'); return headers; };
const sleep = ms => new Promise(done => setTimeout(done, ms));
const name = () => `manners-${randomUUID()}`;
const event = size => ({ id: { string: randomUUID() }, metadata: { type: 'Mannered', 'content-type': 'application/json' }, custom_metadata: Buffer.alloc(0), data: Buffer.from(JSON.stringify({ pad: 'x'.repeat(size) })) });
const append = (stream, expected, size = 10) => ({ correlation_id: { string: randomUUID() }, options: { stream_identifier: { stream_name: Buffer.from(stream) }, deadline: { seconds: 5, nanos: 0 }, ...expected }, proposed_messages: [event(size)], is_final: true });

/** A session: what it answered, and how it ended if it did. */
function session(of) {
  const call = of.batchAppend(leader()), seen = { answers: [], ended: null, call };
  call.on('data', answer => seen.answers.push(answer)); call.on('error', () => {}); call.on('status', status => { seen.ended = status.code; });
  return seen;
}
const until = async (holds, ms = 3000) => { for (const end = Date.now() + ms; Date.now() < end; await sleep(10)) if (holds()) return true; return holds(); };
/** What the details of an error say: the message's name and its members. */
function details({ details: { type_url, value } }) {
  const kind = type_url.split('.').pop(), type = messages.lookupType(`event_store.client.${kind}`);
  return `${kind} ${JSON.stringify(type.toObject(type.decode(value), { longs: String }))}`;
}

const manners = {
  async 'a refusal in a session ends nothing, and its details tell the revision and the limit'() {
    const of = client(), s = session(of), stream = name();
    const sent = [[{ no_stream: {} }], [{ no_stream: {} }], [{ stream_position: '0' }], [{ stream_position: '7' }], [{ stream_position: '1' }, 1 << 21], [{ stream_position: '1' }]].map(([expected, size]) => append(stream, expected, size));
    sent.forEach(request => s.call.write(request));
    await until(() => s.answers.length === 6);
    const told = sent.map(({ correlation_id: { string: id } }) => {
      const answer = s.answers.find(answer => answer.correlation_id.string === id);
      if (!answer) return 'nothing';
      return answer.error ? `${answer.error.code} ${details(answer.error)}` : `revision ${answer.success.current_revision}`;
    });
    s.call.cancel(); of.close();
    const expected = [/^revision 0$/, /^6 WrongExpectedVersion .*revision":"0"/, /^revision 1$/, /^6 WrongExpectedVersion .*revision":"1"/, /^3 MaximumAppendSizeExceeded .*:1048576/, /^revision 2$/];
    expected.forEach((is, index) => { if (!is.test(told[index])) throw `item ${index + 1}: ${told[index]}`; });
    if (s.ended !== null && s.ended !== 1) throw `the session ended with ${s.ended}`;
  },
  async 'a session whose client has ended its half with nothing pending stays open until it is reset'() {
    const of = client(), s = session(of);
    s.call.write(append(name(), { no_stream: {} })); await until(() => s.answers.length === 1);
    s.call.end(); await sleep(1500);
    if (s.ended !== null) throw `it ended by itself with ${s.ended}`;
    s.call.cancel(); if (!await until(() => s.ended === 1)) throw 'a reset does not end it'; of.close();
  },
  async 'a session whose client ends its half while an answer is pending answers, then ends well'() {
    const of = client(), s = session(of);
    s.call.write(append(name(), { no_stream: {} })); s.call.end();
    if (!await until(() => s.ended !== null)) throw 'it stays open';
    of.close(); if (s.ended !== 0 || s.answers.length !== 1) throw `it ended with ${s.ended} after ${s.answers.length} answers`;
  },
  async 'a connection carries 100 calls, the next one waits for a place'() {
    const of = client(), sessions = [];
    for (let i = 0; i < 100; i++) { const s = session(of); s.call.write(append(name(), { no_stream: {} })); sessions.push(s); }
    await until(() => sessions.every(s => s.answers.length === 1), 10000);
    const answered = sessions.filter(s => s.answers.length === 1).length; if (answered !== 100) throw `${answered} of 100 are answered`;
    const more = session(of); more.call.write(append(name(), { no_stream: {} })); await sleep(1500);
    if (more.answers.length) throw 'the 101st is answered at once';
    sessions[0].call.cancel(); if (!await until(() => more.answers.length === 1)) throw 'it is not answered when a place is free';
    sessions.forEach(s => s.call.cancel()); more.call.cancel(); of.close();
  },
  async 'a stream deleted softly ($tb in its metadata) takes an append to no stream, further up, and a subscription to both prefixes tells of it'() {
    const of = client(), s = session(of), stream = name();
    const metadata = { ...append(`$$${stream}`, { no_stream: {} }) }; metadata.proposed_messages[0].metadata.type = '$metadata'; metadata.proposed_messages[0].data = Buffer.from('{"$tb":9223372036854775807}');
    const sent = [append(stream, { no_stream: {} }), append(stream, { stream_position: '0' }), metadata, append(stream, { no_stream: {} }), append(stream, { stream_position: '2' })];
    for (const [index, request] of sent.entries()) { s.call.write(request); await until(() => s.answers.length === index + 1); }
    const told = s.answers.map(answer => answer.error ? `${answer.error.code} ${answer.error.message}` : answer.success.current_revision).join(', ');
    if (told !== '0, 1, 0, 2, 3') throw `answers ${told}`;
    const call = of.read({ options: { all: { start: {} }, read_direction: 'Forwards', resolve_links: false, subscription: {}, filter: { stream_identifier: { prefix: [stream, `$$${stream}`] }, max: 1000, checkpointIntervalMultiplier: 1, checkpoint_interval_multiplier: 1 }, uuid_option: { string: {} }, control_option: { compatibility: 1 } } }, leader()), seen = [];
    call.on('error', () => {}); call.on('data', message => { if (message.content === 'event') seen.push(message.event.event.metadata.type === '$metadata' ? 'metadata' : String(message.event.event.stream_revision ?? 0)); else seen.push(message.content); });
    await until(() => seen.includes('caught_up'), 8000); call.cancel(); s.call.cancel(); of.close();
    const events = seen.filter(one => one === 'metadata' || /^\d+$/.test(one)).join(' ');
    if (events !== '0 1 metadata 2 metadata 3') throw `delivered ${events}`;
  },
  async 'a filtered subscription says once that it has caught up, and delivers what comes after'() {
    const of = client(), prefix = name(), s = session(of), seen = [];
    s.call.write(append(`${prefix}-a`, { no_stream: {} })); await until(() => s.answers.length === 1);
    const call = of.read({ options: { all: { start: {} }, read_direction: 'Forwards', resolve_links: false, subscription: {}, filter: { stream_identifier: { prefix: [prefix] }, max: 1000, checkpointIntervalMultiplier: 1, checkpoint_interval_multiplier: 1 }, uuid_option: { string: {} }, control_option: { compatibility: 1 } } }, leader());
    call.on('error', () => {}); call.on('data', message => seen.push(message.content));
    await until(() => seen.includes('caught_up'), 8000);
    for (let i = 0; i < 20; i++) s.call.write(append(`${prefix}-${i}`, { no_stream: {} }));
    await until(() => seen.filter(content => content === 'event').length === 21); await sleep(700);
    const [caught, events] = ['caught_up', 'event'].map(kind => seen.filter(content => content === kind).length);
    call.cancel(); s.call.cancel(); of.close(); if (caught !== 1 || events !== 21) throw `caught up ${caught} times, ${events} of 21 events`;
  },
};
(async () => {
  let wrong = 0;
  for (const [manner, check] of Object.entries(manners)) {
    try { await check(); console.log('ok     ', manner); } catch (error) { wrong++; console.log('not so ', manner, '-', typeof error === 'string' ? error : error.message); }
  }
  console.log(`${Object.keys(manners).length - wrong} passed, ${wrong} failed`); process.exit(wrong ? 1 : 0);
})();
