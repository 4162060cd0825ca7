// What is compared: the bot, the floor and Debian's webhook, each on an action of its own.
import {execFileSync, spawn} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {binary, Program} from '../../e2e/support/program.mjs';
import {preparePostgres} from '../../e2e/support/postgres.mjs';
import {freePort, temporary} from '../../e2e/support/state.mjs';
import {waitFor} from '../../e2e/support/wait.mjs';
import {kSecret, Marks} from './load.mjs';

// The bots, by their folders. They are nobody's children: what a failing benchmark leaves behind ends with it.
const running = new Map();
process.on('exit', () => {
  for (const pid of running.values()) process.kill(pid, 'SIGKILL');
});

const kTarget = fileURLToPath(new URL('../targets/countersign', import.meta.url));

// A PostgreSQL as Debian configures it: nothing is turned off. By its socket.
export async function startPostgres() {
  const prepared = await preparePostgres();
  const server = await prepared.start();
  return {
    url: `postgresql://tester@/postgres?host=${prepared.home}&port=${prepared.port}`,
    conninfo: `host=${prepared.home} port=${prepared.port} user=tester dbname=postgres`,
    stop: () => server.stop(),
  };
}

export function sql({conninfo}, text) {
  return execFileSync('psql', [conninfo, '-XAtq', '-v', 'ON_ERROR_STOP=1'], {input: text, encoding: 'utf8', maxBuffer: 1 << 28}).trim();
}

const answers = async (port) => (await fetch(`http://127.0.0.1:${port}/`)).status > 0;

function target(verb, folder, env) {
  const child = spawn(kTarget, [verb, folder], {env: {...process.env, COUNTERSIGN_BINARY: binary(), SECRET: kSecret, ...env}, stdio: ['ignore', 'pipe', 'inherit']});
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
export async function startCountersign(tools, {replicas = 1, postgres} = {}) {
  const marks = new Marks(tools);
  const own = postgres ?? await startPostgres();
  const env = {ACTION: marks.program, COUNTERSIGN_DATABASE_URL: own.url};
  const homes = Array.from({length: replicas}, () => temporary('bench-countersign'));
  const ports = [];
  for (const folder of homes) {
    await target('start', folder, env);
    ports.push(Number(/:(\d+)/.exec(await target('address', folder, env))[1]));
  }
  const each = (verb) => Promise.all(homes.map((folder) => target(verb, folder, env)));
  return {
    name: replicas === 1 ? 'countersign' : `countersign, ${replicas} replicas`,
    ports, marks, postgres: own,
    crash: () => each('crash'),
    again: () => each('again'),
    async stop() {
      await each('stop');
      if (!postgres) await own.stop();
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

export async function startWebhook(tools) {
  const marks = new Marks(tools);
  const port = await freePort();
  const hooks = join(temporary('bench-webhook'), 'hooks.json');
  writeFileSync(hooks, JSON.stringify([{
    id: 'gh', 'execute-command': marks.program, 'pass-arguments-to-command': [{source: 'payload', name: 'after'}],
    'trigger-rule': {and: [
      {match: {type: 'payload-hmac-sha256', secret: kSecret, parameter: {source: 'header', name: 'X-Hub-Signature-256'}}},
      {match: {type: 'value', value: 'refs/heads/main', parameter: {source: 'payload', name: 'ref'}}},
    ]},
  }]));
  const start = async () => {
    const program = new Program(['-ip', '127.0.0.1', '-port', port, '-hooks', hooks].map(String), {file: 'webhook'});
    await waitFor(async () => answers(port), {what: 'webhook to answer'});
    return program;
  };
  let program = await start();
  return {
    name: 'webhook', ports: [port], marks,
    crash: () => program.kill9(),
    async again() {
      program = await start();
    },
    stop: () => program.kill9(),
  };
}
