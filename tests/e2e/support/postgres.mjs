// A PostgreSQL of the test's own, that starts when the test wants it to.
import {execFile, execFileSync} from 'node:child_process';
import {chownSync, mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {Program} from './program.mjs';
import {freePort, temporary} from './state.mjs';
import {waitFor} from './wait.mjs';

const kHome = '/usr/lib/postgresql';

// PostgreSQL refuses to run as root.
export function account() {
  if (process.getuid() !== 0) return {};
  const number = (flag) => Number(execFileSync('id', [flag, 'postgres'], {encoding: 'utf8'}));
  return {uid: number('-u'), gid: number('-g')};
}

export const bin = () => join(kHome, readdirSync(kHome).sort((a, b) => Number(a) - Number(b)).at(-1), 'bin');

export async function preparePostgres() {
  const folder = temporary('postgres');
  const home = join(folder, 'home');
  const who = account();
  mkdirSync(home);
  if (who.uid) chownSync(home, who.uid, who.gid);
  const data = join(home, 'data');
  execFileSync(join(bin(), 'initdb'), [`--pgdata=${data}`, '--username=tester', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
      {stdio: 'ignore', cwd: '/', ...who});
  const port = await freePort();
  return {
    port, data, home,
    url: `postgresql://tester@127.0.0.1:${port}/postgres`,
    async start(settings = {}) {
      const more = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const program = new Program(['-D', data, '-c', 'listen_addresses=127.0.0.1', '-c', `port=${port}`, '-c', `unix_socket_directories=${home}`, ...more],
          {file: join(bin(), 'postgres'), cwd: '/', ...who});
      await waitFor(() => program.stderr.includes('ready to accept connections'), {what: 'PostgreSQL to be ready'});
      return program;
    },
  };
}

// Asks a database without holding up whatever else runs here, such as a proxy that somebody waits for.
export async function query(url, text) {
  const {stdout} = await promisify(execFile)('psql', [url, '-XAtqc', text], {encoding: 'utf8'});
  return stdout.trim();
}

// A primary and a standby that follows it, synchronously or not. The url names both.
export async function startPair({synchronous}) {
  const primary = await preparePostgres();
  const first = await primary.start(synchronous ? {synchronous_standby_names: '*'} : {});
  const folder = temporary('standby');
  const home = join(folder, 'home');
  const who = account();
  mkdirSync(home);
  if (who.uid) chownSync(home, who.uid, who.gid);
  const data = join(home, 'data');
  execFileSync(join(bin(), 'pg_basebackup'), ['-D', data, '-R', '-X', 'stream', '-c', 'fast', '-d', primary.url.replace('/postgres', '')],
      {stdio: 'ignore', cwd: '/', ...who});
  const port = await freePort();
  const second = new Program(['-D', data, '-c', 'listen_addresses=127.0.0.1', '-c', `port=${port}`, '-c', `unix_socket_directories=${home}`],
      {file: join(bin(), 'postgres'), cwd: '/', ...who});
  const sql = (url, query) => execFileSync('psql', [url, '-XAtc', query], {encoding: 'utf8'}).trim();
  await waitFor(() => sql(primary.url, 'SELECT count(*) FROM pg_stat_replication') === '1', {what: 'the standby to follow'});
  const standby = `postgresql://tester@127.0.0.1:${port}/postgres`;
  return {
    url: `postgresql://tester@127.0.0.1:${primary.port},127.0.0.1:${port}/postgres`,
    sql: (query) => sql(primary.url, query),
    standbySql: (query) => sql(standby, query),
    // From here on the standby hears nothing more; it does not know.
    cutOff: () => process.kill(Number(sql(primary.url, 'SELECT pid FROM pg_stat_replication')), 'SIGSTOP'),
    async failOver() {
      const sender = sql(primary.url, 'SELECT coalesce(max(pid), 0) FROM pg_stat_replication');
      first.signal('SIGKILL');
      if (sender !== '0') {
        try {
          process.kill(Number(sender), 'SIGKILL');
        } catch {
          // gone with its server
        }
      }
      await first.wait();
      execFileSync(join(bin(), 'pg_ctl'), ['promote', '-w', '-D', data], {stdio: 'ignore', cwd: '/', ...who});
    },
    async stop() {
      if (!first.end) await first.kill9();
      second.signal('SIGINT');
      await second.wait();
    },
  };
}
