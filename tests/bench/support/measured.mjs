// One measurement of a contender at the door: what was acknowledged and how fast, what was refused, how long the machine was busy afterwards, what it
// cost in memory, and whether what it has stored is what it acknowledged.
import {readFileSync} from 'node:fs';
import {descendants} from '../../e2e/support/processes.mjs';
import {sql} from './contenders.mjs';
import {accepted, percentile, send} from './load.mjs';

const kPatience = 20_000;  // milliseconds for what is left to be done
const kBetweenLooks = 100;
const kShared = 15;        // digits of a key that all alerts of a group have in common (load/deliveries.h)

// Proportional set size in MB: what several share counts once.
function megabytes(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024;
  } catch {
    return 0;  // it has ended
  }
}

// The bot alone, and its PostgreSQL with all its processes.
export function memory({pids: {bot, postgres}}) {
  const family = postgres ? [postgres, ...descendants(postgres).map(({pid}) => pid)] : [];
  return {bot: megabytes(bot), postgres: family.reduce((sum, pid) => sum + megabytes(pid), 0)};
}

// Events that were acknowledged and are not there, and events that are there more than once.
export function compare({postgres, stored, wholeGroups}, pushes) {
  const rows = accepted(pushes).map(({key, events}) => `${key.slice(0, kShared)}\t${wholeGroups ? 1 : events}\n`).join('');
  const [lost, twice] = sql(postgres, `CREATE TEMP TABLE acknowledged (key text, events int);
COPY acknowledged FROM stdin;
${rows}\\.
CREATE TEMP TABLE stored AS SELECT left(id, ${kShared}) AS key, count(*) AS rows, count(DISTINCT id) AS events FROM (${stored}) AS s GROUP BY 1;
SELECT coalesce(sum(greatest(a.events - coalesce(s.events, 0), 0)), 0), (SELECT coalesce(sum(rows - events), 0) FROM stored)
FROM acknowledged a LEFT JOIN stored s USING (key);`).split('|').map(Number);
  return {lost, twice};
}

const largest = (values) => values.reduce((most, value) => Math.max(most, value), -Infinity);
const smallest = (values) => -largest(values.map((value) => -value));

// Milliseconds until nothing that was accepted waits to be decided; undefined: something still does.
export async function rest({queue, postgres}) {
  if (!queue) return 0;
  const start = performance.now();
  while (sql(postgres, `SELECT EXISTS (SELECT FROM ${queue})`) === 't') {
    if (performance.now() - start > kPatience) return undefined;
    await new Promise((resolve) => setTimeout(resolve, kBetweenLooks));
  }
  return performance.now() - start;
}

// Starts a second, from the first delivery to the last start that was waited for; and how long after the last answer that was, if nothing is missing.
async function starts({marks}, pushes) {
  const known = await marks.settle(accepted(pushes).map(({key}) => key), kPatience, kPatience);
  const times = [...known.values()].flat();
  if (times.length === 0) return {startsPerSecond: 0};
  const [first, answered, last] = [smallest(pushes.map(({due}) => due)), largest(pushes.map((one) => one.answered)), largest(times)];
  const missing = accepted(pushes).some(({key}) => !known.has(key));
  return {startsPerSecond: times.length / (last - first) * 1e9, started: missing ? undefined : Math.max(0, last - answered) / 1e6};
}

function refusals(pushes) {
  const counts = {};
  for (const {status} of pushes) if (status < 200 || status >= 300) counts[status || 'none'] = (counts[status || 'none'] ?? 0) + 1;
  return counts;
}

function speed(pushes) {
  const good = accepted(pushes);
  const waits = good.map(({due, answered}) => (answered - due) / 1e6);
  const seconds = (largest(pushes.map(({answered}) => answered)) - smallest(pushes.map(({due}) => due))) / 1e9;
  return {accepted: good.length, perSecond: good.length / seconds, p50: percentile(waits, 0.5), p99: percentile(waits, 0.99), seconds};
}

// `start` brings a fresh contender up; `mode` and `numbers` are those of load/send.cpp. `meanwhile(contender)` comes before and gives what ends it.
export async function measure(tools, start, {kind = 'gh', mode, numbers, meanwhile}) {
  const contender = await start();
  const crowd = await meanwhile?.(contender);
  try {
    const door = {port: contender.ports[0], kind};
    await send(tools, door, 'loop', 4, 1);  // opens connections, prepares statements
    await rest(contender);
    contender.marks?.forget();
    const before = memory(contender);
    const pushes = await send(tools, door, mode, ...numbers);
    const after = memory(contender);
    const row = {name: contender.name, ...speed(pushes), refusals: refusals(pushes), before, after};
    row.crowd = crowd?.size;
    row.decided = await rest(contender);
    if (contender.matches) Object.assign(row, await starts(contender, pushes));
    if (contender.postgres) Object.assign(row, compare(contender, pushes));
    return row;
  } finally {
    await crowd?.stop();
    await contender.stop();
  }
}
