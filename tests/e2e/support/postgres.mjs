// A PostgreSQL of the test's own, that starts when the test wants it to.
import {execFileSync} from 'node:child_process';
import {chownSync, mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {Program} from './program.mjs';
import {freePort, temporary} from './state.mjs';
import {waitFor} from './wait.mjs';

const kHome = '/usr/lib/postgresql';

// PostgreSQL refuses to run as root.
function account() {
  if (process.getuid() !== 0) return {};
  const number = (flag) => Number(execFileSync('id', [flag, 'postgres'], {encoding: 'utf8'}));
  return {uid: number('-u'), gid: number('-g')};
}

export async function preparePostgres() {
  const bin = join(kHome, readdirSync(kHome).sort((a, b) => Number(a) - Number(b)).at(-1), 'bin');
  const folder = temporary('postgres');
  const home = join(folder, 'home');
  const who = account();
  mkdirSync(home);
  if (who.uid) chownSync(home, who.uid, who.gid);
  const data = join(home, 'data');
  execFileSync(join(bin, 'initdb'), [`--pgdata=${data}`, '--username=tester', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
      {stdio: 'ignore', cwd: '/', ...who});
  const port = await freePort();
  return {
    url: `postgresql://tester@127.0.0.1:${port}/postgres`,
    async start() {
      const program = new Program(['-D', data, '-c', 'listen_addresses=127.0.0.1', '-c', `port=${port}`, '-c', `unix_socket_directories=${home}`],
          {file: join(bin, 'postgres'), cwd: '/', ...who});
      await waitFor(() => program.stderr.includes('ready to accept connections'), {what: 'PostgreSQL to be ready'});
      return program;
    },
  };
}
