// The program under test, as a child process: its output, its end, and that no sanitizer complained.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

export const kRepository = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

const kStartLimit = 180_000;
const kStopLimit = 120_000;
const running = new Set();

// Whatever a failing test leaves behind ends with the tests.
process.on('exit', () => {
  for (const program of running) program.child.kill('SIGKILL');
});

export function binary() {
  if (process.env.COUNTERSIGN_BINARY) return process.env.COUNTERSIGN_BINARY;
  const built = ['release', 'asan', 'dev'].map((preset) => join(kRepository, 'build', preset, 'countersign')).find(existsSync);
  assert.ok(built, 'build the program first (script/build dev), or name it with COUNTERSIGN_BINARY');
  return built;
}

function within(promise, milliseconds, complaint) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint())), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Program {
  // `file`: a program other than ours.
  constructor(args, {env = {}, cwd, file = binary(), ...options} = {}) {
    this.name = `${file.split('/').at(-1)} ${args.join(' ')}`;
    this.stdout = '';
    this.stderr = '';
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')));
    this.child = spawn(file, args, {cwd, env: {...inherited, ...env}, stdio: ['ignore', 'pipe', 'pipe'], ...options});
    this.pid = this.child.pid;
    running.add(this);
    for (const stream of ['stdout', 'stderr']) {
      this.child[stream].setEncoding('utf8');
      this.child[stream].on('data', (text) => {
        this[stream] += text;
        if (process.env.COUNTERSIGN_E2E_VERBOSE) process.stderr.write(text);
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        running.delete(this);
        this.end = {code, signal};
        resolve(this.end);
      });
    });
    this.ended.catch(() => running.delete(this));
  }

  // The first line of standard output: what `--json` prints once everything is up.
  async firstLine() {
    const line = new Promise((resolve) => {
      const look = () => this.stdout.includes('\n') && resolve(this.stdout.split('\n', 1)[0]);
      this.child.stdout.on('data', look);
      look();
    });
    const death = this.ended.then(({code, signal}) => {
      throw new Error(`${this.name} ended (${signal ?? code}) before it said anything:\n${this.stderr}`);
    });
    death.catch(() => {});
    return within(Promise.race([line, death]), kStartLimit, () => `${this.name} does not start:\n${this.stderr}`);
  }

  wait() {
    return within(this.ended, kStopLimit, () => `${this.name} does not end:\n${this.stderr.slice(-4000)}`);
  }

  signal(name) {
    this.child.kill(name);
  }

  // As Ctrl-C does; it has to end well.
  async stop() {
    this.signal('SIGINT');
    const end = await this.wait();
    this.checkSanitizers();
    assert.deepEqual(end, {code: 0, signal: null}, `${this.name} did not end well:\n${this.stderr.slice(-4000)}`);
  }

  async kill9() {
    this.signal('SIGKILL');
    await this.wait();
    this.checkSanitizers();
  }

  // For a program that a crash point ends.
  async crashed() {
    const end = await this.wait();
    this.checkSanitizers();
    assert.equal(end.signal, 'SIGKILL', `${this.name} ended otherwise:\n${this.stderr.slice(-4000)}`);
  }

  checkSanitizers() {
    const report = this.stderr.search(/ERROR: \w+Sanitizer|runtime error:|WARNING: ThreadSanitizer/);
    assert.equal(report, -1, `a sanitizer complained:\n${this.stderr.slice(Math.max(0, report), report + 6000)}`);
  }
}

// Runs a subcommand to its end.
export async function run(args, options) {
  const program = new Program(args, options);
  const {code} = await program.wait();
  program.checkSanitizers();
  return {code, stdout: program.stdout, stderr: program.stderr};
}
