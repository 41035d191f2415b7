// Runs every audit of graphql-http against the URL in the first argument, with the token in MILEPOST_TOKEN.
// Ends with 1 unless each of the 61 is passed.
import { auditServer } from 'graphql-http';

const AUDITS = 61;
const [url] = process.argv.slice(2);
const token = process.env.MILEPOST_TOKEN;
if (!url || !token) {
  console.error('usage: MILEPOST_TOKEN=... node audit.js http://127.0.0.1:8080/graphql');
  process.exit(2);
}

const withToken = (input, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  return fetch(input, { ...init, headers });
};

const results = await auditServer({ url, fetchFn: withToken });
const failed = results.filter(({ status }) => status !== 'ok');
for (const { id, name, status, reason } of failed) {
  console.error(`${status} ${id} ${name}: ${reason}`);
}
console.log(`${results.length - failed.length} of ${results.length} audits passed`);
process.exit(failed.length === 0 && results.length === AUDITS ? 0 : 1);
