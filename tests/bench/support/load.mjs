// The small programs under load/: built once for each run of a benchmark, and what they print, read.
import {execFileSync, spawn} from 'node:child_process';
import {copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {temporary} from '../../e2e/support/state.mjs';

const kSources = fileURLToPath(new URL('../load/', import.meta.url));
const kLeast = 20;  // milliseconds between two looks

export const kSecret = 'bench-secret-0123456789abcdef';
export const kToken = 'bench-token-0123456789abcdef';

const kCredentials = {gh: kSecret, am: kToken};

export function buildTools() {
  const folder = temporary('bench-tools');
  const libpq = execFileSync('pg_config', ['--includedir'], {encoding: 'utf8'}).trim();
  for (const name of ['send', 'floor', 'floor_batch']) {
    execFileSync('g++', ['-std=c++20', '-O2', '-Wno-deprecated-declarations', `-I${libpq}`, '-o', join(folder, name), join(kSources, `${name}.cpp`), '-lpq', '-lcrypto']);
  }
  execFileSync('cc', ['-O2', '-static', '-o', join(folder, 'mark'), join(kSources, 'mark.c')]);
  return folder;
}

// The action in a folder of its own, and what it noted.
export class Marks {
  constructor(tools) {
    const folder = join(temporary('bench-action'), 'action');
    mkdirSync(folder, {mode: 0o777});
    this.program = join(folder, 'mark');
    this.file = join(folder, 'marks');
    copyFileSync(join(tools, 'mark'), this.program);
  }

  forget() {
    rmSync(this.file, {force: true});
  }

  // key -> times in nanoseconds at which it was started
  read() {
    const all = new Map();
    if (!existsSync(this.file)) return all;
    for (const line of readFileSync(this.file, 'utf8').split('\n').filter(Boolean)) {
      const [key, at] = line.split(' ');
      all.set(key, [...(all.get(key) ?? []), Number(at)]);
    }
    return all;
  }

  // Until everything in `keys` was started, or nothing more has been for `patience` milliseconds, or `limit` milliseconds have passed. What was
  // noted is only read while nothing is added: reading costs those who are measured.
  async settle(keys, patience = 10_000, limit = Infinity) {
    const start = performance.now();
    let [size, since] = [-1, start];
    for (;;) {
      const at = performance.now();
      const now = existsSync(this.file) ? statSync(this.file).size : 0;
      const late = at - since > patience || at - start > limit;
      if (now === size || late) {
        const marks = this.read();
        if (late || keys.every((key) => marks.has(key))) return marks;
      } else {
        [size, since] = [now, at];
      }
      await new Promise((resolve) => setTimeout(resolve, kLeast));
    }
  }
}

let sent = Math.floor(Date.now() / 1000) * 1_000_000;  // no number twice, in no run of a benchmark

// How many numbers a mode of load/send.cpp may use.
const kNumbers = {
  pace: (rate, count) => count,
  burst: (count) => count,
  loop: (connections, seconds) => 20_000 * seconds,
  insist: (connections, rate, count) => count,
};

// [{key, due, answered, status, events, tries}] of everything that was sent; times in nanoseconds. `door`: a port, or {port, kind} where what is
// sent is not a push.
export async function send(tools, door, mode, ...numbers) {
  const {port, kind = 'gh'} = typeof door === 'object' ? door : {port: door};
  const child = spawn(join(tools, 'send'), [kind, port, kCredentials[kind], sent, mode, ...numbers].map(String), {stdio: ['ignore', 'pipe', 'inherit']});
  sent += kNumbers[mode](...numbers);
  const parts = [];
  child.stdout.setEncoding('utf8').on('data', (text) => parts.push(text));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`send ended with ${code}`);
  return parts.join('').split('\n').filter(Boolean).map((line) => {
    const [key, ...rest] = line.split(' ');
    const [due, answered, status, events, tries] = rest.map(Number);
    return {key, due, answered, status, events, tries};
  });
}

export const accepted = (pushes) => pushes.filter(({status}) => status >= 200 && status < 300);

export const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))];
