// A disk that is soon full, with a PostgreSQL on it. It is a small file system in memory that only the processes on it see, so that nothing of it is
// left behind; that takes root, or a kernel that lets anybody have a namespace of his own.
import {execFileSync} from 'node:child_process';
import {appendFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {account, bin} from './postgres.mjs';
import {Program} from './program.mjs';
import {freePort, temporary} from './state.mjs';
import {waitFor} from './wait.mjs';

const kSize = '96m';

const isRoot = () => process.getuid() === 0;
const kOwnMounts = isRoot() ? ['--mount'] : ['--user', '--map-current-user', '--keep-caps', '--mount'];

// Why there can be none on this machine; nothing: there can.
export function noSmallDisk() {
  try {
    execFileSync('unshare', [...kOwnMounts, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {stdio: 'pipe'});
    return undefined;
  } catch (error) {
    return `no file system of one's own: ${error.stderr || error.message}`;
  }
}

export async function startSmallDisk() {
  const folder = temporary('disk');
  const who = account();
  const owner = who.uid ? `,uid=${who.uid},gid=${who.gid}` : '';
  const mount = `mount -t tmpfs -o size=${kSize},mode=0700${owner} tmpfs "$0" && echo mounted && exec sleep infinity`;
  const keeper = new Program([...kOwnMounts, 'sh', '-c', mount, folder], {file: 'unshare', cwd: '/'});
  await keeper.firstLine();
  const seen = join(`/proc/${keeper.pid}/root`, folder);  // from out here
  const ballast = join(seen, 'ballast');
  const enter = ['-t', String(keeper.pid), ...(isRoot() ? ['--mount'] : ['--user', '--preserve-credentials', '--mount'])];
  const as = who.uid ? ['setpriv', `--reuid=${who.uid}`, `--regid=${who.gid}`, '--clear-groups'] : [];
  return {
    folder,
    // What runs a program there.
    on: (...command) => [...enter, ...as, ...command],
    // Takes all the room there is.
    fill() {
      const page = Buffer.alloc(4096);
      try {
        for (;;) appendFileSync(ballast, page);
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
      }
    },
    makeRoom: () => rmSync(ballast, {force: true}),
    stop: () => keeper.kill9(),
  };
}

// Like preparePostgres(), on that disk.
export async function preparePostgresOn(disk) {
  const data = join(disk.folder, 'data');
  execFileSync('nsenter', disk.on(join(bin(), 'initdb'), `--pgdata=${data}`, '--username=tester', '--auth=trust', '--encoding=UTF8', '--locale=C',
      '--no-sync', '--wal-segsize=1'), {stdio: 'ignore', cwd: '/'});
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${disk.folder}`, 'min_wal_size=2MB', 'max_wal_size=4MB',
    'fsync=off'].flatMap((setting) => ['-c', setting]);
  return {
    port,
    url: `postgresql://tester@127.0.0.1:${port}/postgres`,
    async start() {
      const program = new Program(disk.on(join(bin(), 'postgres'), '-D', data, ...settings), {file: 'nsenter', cwd: '/'});
      await waitFor(() => program.end || program.stderr.includes('ready to accept connections'), {what: 'PostgreSQL to be ready, or to give up'});
      return program;
    },
  };
}
