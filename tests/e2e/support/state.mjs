// State directories and what the demo's actions leave in them.
import {chmodSync, existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const made = [];

process.on('exit', () => {
  if (process.env.COUNTERSIGN_E2E_KEEP) return;
  for (const folder of made) rmSync(folder, {recursive: true, force: true});
});

// Started by root, PostgreSQL runs as another user, who has to get there.
export function temporary(name = 'state') {
  const folder = mkdtempSync(join(tmpdir(), `countersign-e2e-${name}-`));
  chmodSync(folder, 0o755);
  made.push(folder);
  return folder;
}

// One entry for each time an action of the demo really ran.
export function ledger(stateDir) {
  const file = join(stateDir, 'demo', 'ledger');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => {
    const [action, target, key] = line.split(' ');
    return {action, target, key};
  });
}

export function ledgerOf(stateDir, target) {
  return ledger(stateDir).filter((entry) => entry.target === target);
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}
