// A server with an empty record, and those who ask it by POST.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export class Server {
  static async start(milepost, environment = {}) {
    const server = new Server();
    server.milepost = milepost;
    server.data = mkdtempSync(join(tmpdir(), 'milepost-'));
    const options = ['serve', '--data', server.data, '--listen', '127.0.0.1:0', '--log-format', 'json', '--log-level', 'info'];
    server.child = spawn(milepost, options, { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
    server.ended = new Promise((resolve) => server.child.on('exit', (code, signal) => resolve({ code, signal })));
    server.errors = [];
    await new Promise((resolve, reject) => {
      createInterface({ input: server.child.stderr }).on('line', (line) => {
        const entry = JSON.parse(line);
        if (entry.level === 'ERROR') server.errors.push(line);
        if (entry.message === 'answering probes') server.probes = entry.address;
        if (entry.fields?.message === 'serving' || entry.message === 'serving') {
          server.address = entry.fields?.address ?? entry.address;
          resolve();
        }
      });
      server.ended.then(({ code }) => reject(new Error(`the server ended with ${code}`)));
    });
    server.http = `${server.address}/graphql`;
    server.socket = server.http.replace('http:', 'ws:');
    await server.until(async () => (await fetch(`${server.address}/readyz`)).ok);
    return server;
  }

  /** Waits until `holds` does. */
  async until(holds, patience_ms = 30_000) {
    for (const by = Date.now() + patience_ms; !(await holds()); ) {
      assert(Date.now() < by, `it never holds: ${holds}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  token(role, ...more) {
    const options = ['token', '--data', this.data, '--role', role, ...more];
    return execFileSync(this.milepost, options, { encoding: 'utf8' }).trim();
  }

  async ask(token, query, variables = {}) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(this.http, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const answer = await response.json();
    assert(!answer.errors, JSON.stringify(answer.errors));
    return answer.data;
  }

  /** Records, and gives back the payload. */
  async record(token, mutation, thing, input) {
    const type = `${mutation[0].toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${thing} { id } facts userErrors { message } } }`;
    const payload = (await this.ask(token, query, { input }))[mutation];
    assert.deepEqual(payload.userErrors, []);
    return { id: payload[thing].id, fact: payload.facts[0] };
  }

  async metric(name) {
    const text = await (await fetch(`${this.probes}/metrics`)).text();
    const line = text.split('\n').find((line) => line.startsWith(`${name} `));
    return line ? Number(line.split(' ')[1]) : undefined;
  }

  /** Tells it to stop: its exit code, and how long it took in milliseconds. */
  async stop() {
    const started = Date.now();
    this.child.kill('SIGTERM');
    const { code } = await this.ended;
    return { code, took: Date.now() - started };
  }

  remove() {
    this.child.kill('SIGKILL');
    rmSync(this.data, { recursive: true, force: true });
  }
}
