// A bot that only has a door, and what senders do there.
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {preparePostgres, query} from './postgres.mjs';
import {kRepository, Program, run} from './program.mjs';
import {freePort, temporary} from './state.mjs';
import {waitFor} from './wait.mjs';

export const kShipped = join(kRepository, 'adapters/webhook/senders');
export const kNotify = join(kShipped, 'notify-countersign');

export async function startDoor(sources) {
  const database = await preparePostgres();
  const server = await database.start();
  const folder = temporary('door');
  const config = join(folder, 'countersign.yaml');
  const port = await freePort();
  writeFileSync(config, JSON.stringify({
    allow_literal_secrets: true, server: {listen: `127.0.0.1:${port}`}, database: {url: database.url}, state_dir: folder,
    chats: [], sources,
  }));
  const url = `http://127.0.0.1:${port}`;
  const program = new Program(['serve', '--config', config]);
  await waitFor(async () => program.end || (await fetch(`${url}/readyz`)).status === 200, {what: 'the bot to be ready'});
  if (program.end) throw new Error(program.stderr);
  return {
    url, config, folder, program,
    hook: (source) => `${url}/hooks/${source}`,
    webhook: (...args) => run(['webhook', args[0], '--config', config, ...args.slice(1)]),
    // The events of a source, oldest first.
    events: async (source) => JSON.parse(await query(database.url,
        `SELECT coalesce(json_agg(e ORDER BY event_id), '[]') FROM cs.event_row e WHERE source = '${source}'`)),
    async stop() {
      await program.stop();
      server.signal('SIGINT');
      await server.wait();
    },
  };
}

// What `webhook sign --show-secrets` printed, taken apart; `text` is all of it.
export async function signed(door, source) {
  const {code, stdout, stderr} = await door.webhook('sign', '--source', source, '--show-secrets');
  assert.equal(code, 0, stderr);
  const [head, ...rest] = stdout.split('\n\n');
  const [first, ...headers] = head.split('\n');
  return {
    text: stdout,
    url: first.replace('POST ', ''),
    headers: headers.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    body: rest.join('\n\n').replace(/\n$/, ''),
  };
}

export function post({url, headers, body}) {
  return fetch(url, {method: 'POST', headers, body});
}

// Whether a captured delivery is accepted, as the command line says it.
export async function verify(door, source, text, ...more) {
  const file = join(door.folder, `${source}.http`);
  writeFileSync(file, text);
  const {code, stdout, stderr} = await door.webhook('verify', '--source', source, '--request', file, '--json', ...more);
  assert.ok(code === 0 || code === 1, stderr);
  return {code, ...JSON.parse(stdout)};
}

// A door of the test's own: answers with the statuses given, the last one from then on, and keeps what came.
export async function startBusyDoor(statuses) {
  const came = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const status = statuses[Math.min(came.length, statuses.length - 1)];
      came.push({headers: request.headers, body: Buffer.concat(parts).toString()});
      response.writeHead(status).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {url: `http://127.0.0.1:${server.address().port}/`, came, stop: () => new Promise((resolve) => server.close(resolve))};
}

export async function notify(url, tokenFile, ...args) {
  const program = new Program(['--url', url, '--token-file', tokenFile, ...args], {file: kNotify});
  const {code} = await program.wait();
  return {code, stderr: program.stderr};
}

// Calls `visit` for each, four at a time: most of their time they wait for a program to start.
export async function forEach(list, visit) {
  const left = [...list];
  const lane = async () => {
    while (left.length > 0) await visit(left.shift());
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}
