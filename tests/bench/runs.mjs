// From an event to its action: how long, how many a second, and what a crash costs. Beside a floor that commits one row and starts the program
// (load/floor.cpp: no bot that is durable can do less) and Debian's webhook, which records nothing; in turn, in the same run, so read the ratios.
//   node tests/bench/runs.mjs [PART ...] [--rounds N]     parts: react, crash, history; default all. COUNTERSIGN_BINARY: default the release build
// Needs apt-get install webhook beside what script/setup installs; without it its rows are left out. The action is load/mark.c, whose first deed is to
// look at the clock; the sender is load/send.cpp, on the same cores. The rule is live, its action reads only and nobody has to approve; there is no chat.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {loadavg} from 'node:os';
import {binary, kRepository} from '../e2e/support/program.mjs';
import {sql, startCountersign, startFloor, startPostgres, startWebhook, webhookInstalled} from './support/contenders.mjs';
import {accepted, buildTools, percentile, send} from './support/load.mjs';

const kRate = 50, kPaced = 300, kBurst = 500, kConnections = 64, kSeconds = 4;
const kHistory = Number(process.env.COUNTERSIGN_BENCH_HISTORY ?? 1_000_000), kClaims = 300;
const milliseconds = (nanoseconds) => nanoseconds / 1e6;

// What one measurement is about: from when each push was due until its action looked at the clock.
async function react(tools, contender, mode, ...numbers) {
  contender.marks.forget();
  const share = mode === 'burst' ? [Math.ceil(numbers[0] / contender.ports.length)] : numbers;
  const ports = mode === 'burst' ? contender.ports : contender.ports.slice(0, 1);
  const pushes = accepted((await Promise.all(ports.map((port) => send(tools, port, mode, ...share)))).flat());
  const marks = await contender.marks.settle(pushes.map(({key}) => key));
  const waits = pushes.filter(({key}) => marks.has(key)).map(({key, due}) => milliseconds(marks.get(key)[0] - due));
  const times = [...marks.values()].flat();
  return {
    accepted: pushes.length, lost: pushes.length - waits.length, twice: [...marks.values()].filter((at) => at.length > 1).length,
    p50: percentile(waits, 0.5), p99: percentile(waits, 0.99), last: Math.max(...waits),
    perSecond: times.length / milliseconds(Math.max(...times) - Math.min(...pushes.map(({due}) => due))) * 1000,
  };
}

const kMeasurements = {
  paced: ['pace', kRate, kPaced],
  burst: ['burst', kBurst],
  sustained: ['loop', kConnections, kSeconds],
};

async function reactions(tools, rounds) {
  const starts = [startFloor, (t) => startCountersign(t), (t) => startCountersign(t, {replicas: 3}), ...(webhookInstalled() ? [startWebhook] : [])];
  const found = new Map();
  for (let round = 0; round < rounds; round += 1) {
    for (const start of starts) {
      const contender = await start(tools);
      await react(tools, contender, 'loop', 4, 1);  // opens connections, prepares statements
      for (const [what, call] of Object.entries(kMeasurements)) {
        const all = found.get(contender.name) ?? {};
        (all[what] ??= []).push(await react(tools, contender, ...call));
        found.set(contender.name, all);
      }
      await contender.stop();
    }
  }
  report(found, rounds);
}

const median = (rows, field) => percentile(rows.map((row) => row[field]), 0.5);

function report(found, rounds) {
  const of = (name, what, field) => median(found.get(name)[what], field);
  const ratio = (name, other, what, field) => (found.has(other) ? ` (${(of(name, what, field) / of(other, what, field)).toFixed(2)} of ${other}'s)` : '');
  for (const [name, all] of found) {
    const value = (what, field, other) => `${of(name, what, field).toFixed(what === 'paced' ? 2 : 0)}${name === other ? '' : ratio(name, other, what, field)}`;
    console.log(`${name}, medians of ${rounds}:`);
    console.log(`  ${kRate} a second, event to action: p50 ${value('paced', 'p50', 'floor')} ms, p99 ${value('paced', 'p99', 'floor')} ms`);
    console.log(`  ${kBurst} at once: p50 ${value('burst', 'p50', 'floor')} ms, p99 ${value('burst', 'p99', 'floor')} ms, last ${value('burst', 'last', 'floor')} ms`);
    console.log(`  ${kConnections} senders that never pause: ${value('sustained', 'perSecond', 'webhook')} starts a second`);
    const rows = Object.values(all).flat();
    const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
    console.log(`  ${sum('accepted')} accepted, ${sum('lost')} of them never started, ${sum('twice')} started twice`);
  }
}

// SIGKILL while more comes in than is done; then the same program again on what it left.
async function crashes(tools) {
  for (const start of [(t) => startCountersign(t), ...(webhookInstalled() ? [startWebhook] : [])]) {
    const contender = await start(tools);
    await react(tools, contender, 'loop', 4, 1);
    contender.marks.forget();
    const sending = send(tools, contender.ports[0], 'loop', kConnections, kSeconds);
    await new Promise((resolve) => setTimeout(resolve, kSeconds * 500));
    await contender.crash();
    const begun = contender.marks.read().size;
    const pushes = accepted(await sending);
    await contender.again();
    const marks = await contender.marks.settle(pushes.map(({key}) => key));
    const missing = pushes.filter(({key}) => !marks.has(key));
    // What the bot says about those of which nobody knows how they ended.
    const ended = contender.postgres ? new Map(sql(contender.postgres, `SELECT left(parameters ->> 'key', 16), state FROM cs.run WHERE state <> 'succeeded'`)
        .split('\n').filter(Boolean).map((line) => line.split('|'))) : new Map();
    console.log(`${contender.name}, killed under overload: ${pushes.length} acknowledged, ${begun} of them started before; lost ` +
      `${missing.filter(({key}) => !ended.has(key)).length}, started twice ${[...marks.values()].filter((at) => at.length > 1).length}` +
      (contender.postgres ? `; ${ended.size} were under way, are not repeated and say so (${missing.length} of them had not started)` : ''));
    await contender.stop();
  }
}

const statement = (file, name) => readFileSync(join(kRepository, 'sql/queries', `${file}.sql`), 'utf8').split(`-- name: ${name}\n`)[1].split('\n\n')[0].split(';')[0];

// The claims as the bot makes them, one after another, each undone; microseconds, median.
function claimCosts(postgres) {
  const lease = `'30 s'`;
  const claims = {
    'a run to start': [statement('runs', 'claim_ready'), `'bench', 1, ${lease}, '{}', '{}'`],
    'a run to plan': [statement('runs', 'claim_planned'), `'bench', 1, ${lease}`],
    'an event': [statement('events', 'claim_events'), `'bench', 8, ${lease}`],
  };
  return Object.fromEntries(Object.entries(claims).map(([what, [text, values]]) => {
    const once = `BEGIN; EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE claim (${values}); ROLLBACK;\n`;
    const out = sql(postgres, `PREPARE claim AS ${text};\n${once.repeat(kClaims)}`);
    const times = [...out.matchAll(/"Execution Time": ([\d.]+)/g)].map(([, time]) => Number(time) * 1000);
    return [what, percentile(times, 0.5)];
  }));
}

// One that is done for each number, as a real one was: its event, decision, run, attempts, record and messages.
function fill(postgres) {
  const copy = (table, columns, changed) => {
    const names = sql(postgres, `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = 'cs.${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND NOT attname = ANY ('{${columns}}')`);
    return `INSERT INTO cs.${table} (${names}) OVERRIDING SYSTEM VALUE
      SELECT ${names.split(', ').map((name) => changed[name] ?? `t.${name}`).join(', ')}
      FROM generate_series(1, ${kHistory}) AS n, (SELECT * FROM cs.${table} ORDER BY 1 LIMIT 1) AS t;\n`;
  };
  const at = `t.AT - n * interval '1 second' / 20`;
  const when = (column) => at.replace('AT', column);
  sql(postgres, `SET synchronous_commit = off;
    ${copy('run', 'run_id', {run_key: `sha256(('history ' || n)::bytea)`, event_id: '-n', created_at: when('created_at'), updated_at: when('updated_at'), next_at: when('next_at'), correlation_id: 'gen_random_uuid()'})}
    ${copy('event', '', {event_id: '-n', received_at: when('received_at'), correlation_id: 'gen_random_uuid()', raw: `''`, body: `'{}'`})}
    ${copy('decision', '', {event_id: '-n', received_at: when('received_at')})}
    ${copy('delivery_key', '', {key: `sha256(('delivery ' || n)::bytea)`, event_id: '-n', received_at: when('received_at')})}
    ${copy('audit', 'audit_id', {at: when('at'), correlation_id: 'gen_random_uuid()'})}
    ${copy('outbox', 'outbox_id', {client_id: 'gen_random_uuid()::text', state: `'sent'`, created_at: when('created_at')})}
    VACUUM ANALYZE;`);
}

async function history(tools) {
  const postgres = await startPostgres();
  const contender = await startCountersign(tools, {postgres});
  const look = async () => {
    await react(tools, contender, 'loop', 4, 1);
    const seen = await react(tools, contender, 'pace', kRate, kPaced);
    const burst = await react(tools, contender, 'burst', kBurst);
    return {...claimCosts(postgres), 'p50 of event to action': seen.p50 * 1000, 'the last of a burst': burst.last * 1000};
  };
  const empty = await look();
  fill(postgres);
  const full = await look();
  for (const [what, before] of Object.entries(empty)) {
    console.log(`with ${kHistory} finished runs, ${what}: ${full[what].toFixed(0)} us; with next to none ${before.toFixed(0)} us; ratio ${(full[what] / before).toFixed(2)}`);
  }
  await contender.stop();
  await postgres.stop();
}

const kParts = {react: reactions, crash: crashes, history};
const words = process.argv.slice(2);
const flag = words.indexOf('--rounds');
const rounds = flag < 0 ? 3 : Number(words.splice(flag, 2)[1]);
if (!webhookInstalled()) console.log('webhook is not installed (apt-get install webhook): its rows are left out');
console.log(`binary: ${binary()}; load average at the start ${loadavg()[0].toFixed(2)}`);
const tools = buildTools();
for (const part of words.length ? words : Object.keys(kParts)) await kParts[part](tools, rounds);
console.log(`load average at the end ${loadavg()[0].toFixed(2)}`);
