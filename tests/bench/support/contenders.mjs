// What is compared: the bot, the floors and Debian's webhook, each on an action of its own. `matches: false`: no delivery fits, so nothing is started.
// Each says where it is (ports), what it notes (marks), who it is (pids: of the bot and of its PostgreSQL) and what it has stored (a query for ids).
import {execFileSync, spawn} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {binary, Program} from '../../e2e/support/program.mjs';
import {preparePostgres} from '../../e2e/support/postgres.mjs';
import {descendants, stillRuns} from '../../e2e/support/processes.mjs';
import {freePort, temporary} from '../../e2e/support/state.mjs';
import {waitFor} from '../../e2e/support/wait.mjs';
import {kSecret, kToken, Marks} from './load.mjs';

// The bots, by their folders. They are nobody's children: what a failing benchmark leaves behind ends with it.
const running = new Map();
process.on('exit', () => {
  for (const pid of running.values()) process.kill(pid, 'SIGKILL');
});

const targetOf = (matches) => fileURLToPath(new URL(`../targets/countersign${matches ? '' : '-nomatch'}`, import.meta.url));

// As after some minutes of work: a new server fills each segment of its log with zeros before it uses it, while everybody waits; later it uses old
// ones again.
function warm(conninfo) {
  const portion = `SELECT pg_logical_emit_message(false, 'warm', repeat('x', 8000000)) IS NOT NULL;\n`;
  sql({conninfo}, `${portion.repeat(50)}CHECKPOINT;\n`);
}

// A PostgreSQL as Debian configures it: nothing is turned off. By its socket.
export async function startPostgres() {
  const prepared = await preparePostgres();
  let server = await prepared.start();
  warm(`host=${prepared.home} port=${prepared.port} user=tester dbname=postgres`);
  return {
    url: `postgresql://tester@/postgres?host=${prepared.home}&port=${prepared.port}`,
    conninfo: `host=${prepared.home} port=${prepared.port} user=tester dbname=postgres`,
    pid: server.pid,
    stop: () => server.stop(),
    // SIGKILL, and once nothing of it is left, the same again on what is on the disk.
    async crash() {
      const family = descendants(server.pid);
      await server.kill9();
      await waitFor(() => !family.some(stillRuns), {what: 'the rest of PostgreSQL to end'});
      server = await prepared.start();
    },
  };
}

export function sql({conninfo}, text) {
  return execFileSync('psql', [conninfo, '-XAtq', '-v', 'ON_ERROR_STOP=1'], {input: text, encoding: 'utf8', maxBuffer: 1 << 28}).trim();
}

const answers = async (port) => (await fetch(`http://127.0.0.1:${port}/`)).status > 0;

function target(program, verb, folder, env) {
  const child = spawn(program, [verb, folder], {
    env: {...process.env, COUNTERSIGN_BINARY: binary(), SECRET: kSecret, TOKEN: kToken, ...env}, stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      if (code !== 0) return reject(new Error(`target ${verb} ended with ${code}`));
      if (verb === 'start' || verb === 'again') running.set(folder, Number(readFileSync(join(folder, 'pid'), 'utf8')));
      if (verb === 'stop' || verb === 'crash') running.delete(folder);
      resolve(out.trim());
    });
  });
}

// `replicas` processes on one database, a folder each.
export async function startCountersign(tools, {replicas = 1, postgres, matches = true} = {}) {
  const program = targetOf(matches);
  const marks = new Marks(tools);
  const own = postgres ?? await startPostgres();
  const env = {ACTION: marks.program, COUNTERSIGN_DATABASE_URL: own.url};
  const homes = Array.from({length: replicas}, () => temporary('bench-countersign'));
  const ports = [];
  for (const folder of homes) {
    await target(program, 'start', folder, env);
    ports.push(Number(/:(\d+)/.exec(await target(program, 'address', folder, env))[1]));
  }
  const each = (verb) => Promise.all(homes.map((folder) => target(program, verb, folder, env)));
  return {
    name: replicas === 1 ? named('countersign', matches) : `countersign, ${replicas} replicas`,
    ports, homes, marks, postgres: own, matches,
    pids: {bot: running.get(homes[0]), postgres: own.pid},
    stored: `SELECT delivery_id AS id FROM cs.event WHERE received_at > now() - interval '1 hour'`,
    queue: 'cs.event_queue',
    crash: () => each('crash'),
    again: () => each('again'),
    async stop() {
      await each('stop');
      if (!postgres) await own.stop();
    },
  };
}

const named = (name, matches) => (matches ? name : `${name}-nomatch`);

export async function startFloorBatch(tools) {
  const postgres = await startPostgres();
  const port = await freePort();
  const program = new Program([port, postgres.conninfo, kSecret, kToken].map(String), {file: join(tools, 'floor_batch')});
  await waitFor(async () => answers(port), {what: 'the floor to answer'});
  return {
    name: 'floor-batch', ports: [port], postgres, matches: false,
    pids: {bot: program.pid, postgres: postgres.pid},
    stored: `SELECT convert_from(key, 'UTF8') AS id FROM delivery`, wholeGroups: true,
    async stop() {
      await program.kill9();
      await postgres.stop();
    },
  };
}

export async function startFloor(tools) {
  const marks = new Marks(tools);
  const postgres = await startPostgres();
  const port = await freePort();
  const program = new Program([port, postgres.conninfo, kSecret, marks.program].map(String), {file: join(tools, 'floor')});
  await waitFor(async () => answers(port), {what: 'the floor to answer'}).catch(() => {});
  return {
    name: 'floor', ports: [port], marks,
    async stop() {
      await program.kill9();
      await postgres.stop();
    },
  };
}

export function webhookInstalled() {
  try {
    execFileSync('webhook', ['-version'], {stdio: 'ignore'});
    return true;
  } catch {
    return false;
  }
}

// `proof`: what authenticates; `wanted`: what has to stand in the body.
function hook(id, command, argument, proof, {name, value}) {
  return {
    id, 'execute-command': command, 'pass-arguments-to-command': [{source: 'payload', name: argument}],
    'trigger-rule': {and: [{match: proof}, {match: {type: 'value', value, parameter: {source: 'payload', name}}}]},
  };
}

export async function startWebhook(tools, {matches = true} = {}) {
  const marks = new Marks(tools);
  const port = await freePort();
  const hooks = join(temporary('bench-webhook'), 'hooks.json');
  const header = (name) => ({source: 'header', name});
  writeFileSync(hooks, JSON.stringify([
    hook('gh', marks.program, 'after', {type: 'payload-hmac-sha256', secret: kSecret, parameter: header('X-Hub-Signature-256')},
        {name: 'ref', value: matches ? 'refs/heads/main' : 'refs/heads/none'}),
    hook('am', marks.program, 'alerts.0.fingerprint', {type: 'value', value: `Bearer ${kToken}`, parameter: header('Authorization')},
        {name: 'status', value: matches ? 'firing' : 'none'}),
  ]));
  const start = async () => {
    const program = new Program(['-ip', '127.0.0.1', '-port', port, '-hooks', hooks].map(String), {file: 'webhook'});
    await waitFor(async () => answers(port), {what: 'webhook to answer'});
    return program;
  };
  let program = await start();
  return {
    name: named('webhook', matches), ports: [port], marks, matches,
    pids: {bot: program.pid},
    crash: () => program.kill9(),
    async again() {
      program = await start();
    },
    stop: () => program.kill9(),
  };
}
