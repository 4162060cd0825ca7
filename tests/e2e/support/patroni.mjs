// Three machines with etcd, Patroni and PostgreSQL, from the files of config/examples/patroni: addresses, directories and the clock of the
// example are put in place of the real ones, everything else is taken as it is.
import {execFileSync} from 'node:child_process';
import {chownSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {account, bin} from './postgres.mjs';
import {descendants} from './processes.mjs';
import {kRepository, Program} from './program.mjs';
import {freePort, temporary} from './state.mjs';
import {waitFor} from './wait.mjs';

const kNames = ['db-a', 'db-b', 'db-c'];
const kPorts = [5432, 8008, 2379, 2380];
// For a test. A newer Patroni does not go below a ttl of 20 s by itself.
const kHaste = {ttl: 10, loop_wait: 1, retry_timeout: 3};

const address = (name) => `10.0.0.${11 + kNames.indexOf(name)}`;
const example = (file) => readFileSync(join(kRepository, 'config/examples/patroni', file), 'utf8');

function readEnv(text) {
  const lines = text.split('\n').filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

// The example is that of db-a, and says which line is the same everywhere.
function ofMachine(text, name) {
  return text.replaceAll(/^(?!ETCD_INITIAL_CLUSTER=).*$/gm, (line) => line.replaceAll('db-a', name).replaceAll(address('db-a'), address(name)));
}

class Node {
  constructor(name, real) {
    this.name = name;
    this.home = join(temporary(name), 'home');
    this.real = real;
    this.who = account();
    mkdirSync(this.home);
    if (this.who.uid) chownSync(this.home, this.who.uid, this.who.gid);
    this.data = join(this.home, 'postgresql/15/countersign');
    this.config = join(this.home, 'patroni.yml');
    let yaml = this.fill(example('patroni.yml'));
    for (const [word, seconds] of Object.entries(kHaste)) yaml = yaml.replace(new RegExp(`(\\b${word}:) \\d+`), `$1 ${seconds}`);
    writeFileSync(this.config, yaml);
    // Before its folder, and with it the number of the server's process, is gone.
    process.prependListener('exit', () => this.killServer());
  }

  fill(text) {
    return text.replaceAll(/10\.0\.0\.1[1-3]:\d+/g, (one) => `127.0.0.1:${this.real.get(one)}`)
        .replaceAll('10.0.0.0/24', '127.0.0.0/8')
        .replaceAll('/usr/lib/postgresql/15/bin', bin())
        .replaceAll('/var/run/postgresql', this.home)
        .replaceAll(/\/var\/lib\/(?=postgresql|etcd)/g, `${this.home}/`);
  }

  env(file) {
    return {HOME: this.home, ...readEnv(this.fill(ofMachine(example(file), this.name)))};
  }

  port(usual) {
    return this.real.get(`${address(this.name)}:${usual}`);
  }

  startEtcd() {
    this.etcd = new Program([], {file: '/usr/bin/etcd', cwd: this.home, env: this.env('etcd.env'), ...this.who});
  }

  startPatroni() {
    mkdirSync(join(this.home, 'postgresql'), {recursive: true});
    if (this.who.uid) chownSync(join(this.home, 'postgresql'), this.who.uid, this.who.gid);
    this.patroni = new Program([this.config], {file: '/usr/bin/patroni', cwd: this.home, env: this.env('patroni.env'), ...this.who});
  }

  // PostgreSQL is no child of Patroni: it outlives it. The file with its number outlives both.
  killServer() {
    try {
      const postmaster = Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
      if (!readFileSync(`/proc/${postmaster}/cmdline`, 'utf8').includes(this.data)) return;
      for (const pid of [postmaster, ...descendants(postmaster).map((one) => one.pid)]) process.kill(pid, 'SIGKILL');
    } catch {
      // gone already, or never there
    }
  }

  start() {
    this.startEtcd();
    this.startPatroni();
  }

  // As if the machine had lost its power.
  async kill() {
    this.patroni.signal('SIGKILL');
    this.killServer();
    this.etcd.signal('SIGKILL');
    await Promise.all([this.patroni.wait(), this.etcd.wait()]);
  }
}

async function realPorts() {
  const all = kNames.flatMap((name) => kPorts.map((port) => `${address(name)}:${port}`));
  return new Map(await Promise.all(all.map(async (one) => [one, await freePort()])));
}

export async function startCluster() {
  const real = await realPorts();
  const nodes = kNames.map((name) => new Node(name, real));
  for (const node of nodes) node.start();
  const alive = () => nodes.filter((node) => !node.patroni.end);
  const hosts = nodes.map((node) => `127.0.0.1:${node.port(5432)}`).join(',');
  const {PATRONI_SUPERUSER_PASSWORD: superuser} = nodes[0].env('patroni.env');
  const password = /PASSWORD '(.+)'/.exec(example('database.sql'))[1];
  const url = `postgresql://countersign:${password}@${hosts}/countersign?target_session_attrs=read-write`;
  const psql = (where, ...args) => execFileSync('psql', [where, '-XAtq', '-v', 'ON_ERROR_STOP=1', ...args], {encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe']}).trim();
  const admin = `postgresql://postgres:${superuser}@${hosts}/postgres?target_session_attrs=read-write`;

  const cluster = {
    nodes, url,
    sql: (query) => psql(url, '-c', query),
    adminSql: (query) => psql(admin, '-c', query),
    // What Patroni thinks of each machine: leader, sync_standby, replica.
    async roles() {
      const {members} = await (await fetch(`http://127.0.0.1:${alive()[0].port(8008)}/cluster`)).json();
      return Object.fromEntries(members.map(({name, role}) => [name, role]));
    },
    async leader() {
      const [name] = Object.entries(await cluster.roles()).find(([, role]) => role === 'leader') ?? [];
      return nodes.find((node) => node.name === name);
    },
    follow: (count) => waitFor(async () => {
      const roles = Object.values(await cluster.roles());
      assertRoles(roles);
      return cluster.adminSql(`SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'`) === String(count);
    }, {what: `${count} standbys to follow`}),
    async stop() {
      await Promise.all(alive().map((node) => node.kill()));
    },
  };
  try {
    await cluster.follow(2);
    psql(admin, '-f', join(kRepository, 'config/examples/patroni/database.sql'));
  } catch (error) {
    const said = alive().map((node) => `${node.name}:\n${node.patroni.stderr.slice(-2500)}`).join('\n');
    await cluster.stop();
    throw new Error(`${error.message}\n${said}`);
  }
  return cluster;
}

function assertRoles(roles) {
  if (!roles.includes('sync_standby')) throw new Error(`no synchronous standby: ${roles.join(', ')}`);
}
