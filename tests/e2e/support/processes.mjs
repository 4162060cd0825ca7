// What runs below a process, read from /proc: for tests that nothing is left behind.
import {readdirSync, readFileSync} from 'node:fs';

// Name, parent and start time; nothing if the process is gone.
function look(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const close = stat.lastIndexOf(')');
    const fields = stat.slice(close + 2).split(' ');
    return {pid, name: stat.slice(stat.indexOf('(') + 1, close), state: fields[0], parent: Number(fields[1]), started: fields[19]};
  } catch {
    return undefined;
  }
}

export function descendants(pid) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(look).filter(Boolean);
  const found = [];
  for (let parents = [pid]; parents.length;) {
    const children = all.filter((one) => parents.includes(one.parent));
    found.push(...children);
    parents = children.map((one) => one.pid);
  }
  return found;
}

// By a SIGSTOP, which it may have sent itself.
export const isStopped = (pid) => look(pid)?.state === 'T';

// The same process, not another one with its number, and no zombie.
export function stillRuns(one) {
  const now = look(one.pid);
  return Boolean(now) && now.started === one.started && now.state !== 'Z';
}
