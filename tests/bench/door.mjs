// The door: how many deliveries a second are accepted, how fast, and what a burst, a long history and a crowd of slow senders do to that. Beside the
// least that is durable and shares its commits (load/floor_batch.cpp) and Debian's webhook, which stores nothing; in turn, in the same run, so read
// the ratios.
//   node tests/bench/door.mjs [PART ...] [--rounds N] [--seconds S] [--kind gh|am] [--levels 1,16,64,256] [--burst N]
// Parts: accept, burst, history, slow; default accept and burst. COUNTERSIGN_BINARY: default the release build. COUNTERSIGN_BENCH_HISTORY: events of
// former days for the part history, default 1000000. Needs apt-get install webhook beside what script/setup installs; without it its rows are left out.
// The sender is load/send.cpp, on the same cores. Each measurement has a contender of its own, just started, over an empty PostgreSQL with fsync on.
import {loadavg} from 'node:os';
import {parseArgs} from 'node:util';
import {binary} from '../e2e/support/program.mjs';
import {startCountersign, startFloorBatch, startPostgres, startWebhook, webhookInstalled} from './support/contenders.mjs';
import {startCrowd} from './support/crowd.mjs';
import {writeHistory} from './support/history.mjs';
import {buildTools, send} from './support/load.mjs';
import {measure} from './support/measured.mjs';
import {judge, median, number, print} from './support/table.mjs';

const kHistory = Number(process.env.COUNTERSIGN_BENCH_HISTORY ?? 1_000_000);
const kJudged = 64;     // connections at which the aims are judged
const kOpen = 1_000;    // of a burst, at once
const kSlow = 500, kIdle = 10_000;

const {values, positionals} = parseArgs({allowPositionals: true, options: {
  rounds: {type: 'string', default: '3'}, seconds: {type: 'string', default: '3'}, kind: {type: 'string', default: 'gh'},
  levels: {type: 'string', default: '1,16,64,256'}, burst: {type: 'string', default: '5000'},
}});
const options = {
  rounds: Number(values.rounds), seconds: Number(values.seconds), kind: values.kind, levels: values.levels.split(',').map(Number), burst: Number(values.burst),
};

const tools = buildTools();
const kContenders = {
  'floor-batch': () => startFloorBatch(tools),
  'countersign-nomatch': () => startCountersign(tools, {matches: false}),
  countersign: () => startCountersign(tools),
  ...(webhookInstalled() ? {'webhook-nomatch': () => startWebhook(tools, {matches: false}), webhook: () => startWebhook(tools)} : {}),
};

const loop = (connections) => ({kind: options.kind, mode: 'loop', numbers: [connections, options.seconds]});
const burst = () => ({kind: options.kind, mode: 'burst', numbers: [options.burst, kOpen]});

// Every round takes all contenders through all tasks: {name: {task: [row of each round]}}.
async function rounds(contenders, tasks) {
  const found = {};
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [task, how] of Object.entries(tasks)) {
      for (const [name, start] of Object.entries(contenders)) {
        const row = await measure(tools, start, how);
        (((found[name] ??= {})[task]) ??= []).push(row);
        console.error(`round ${round + 1}, ${task}, ${name}: ${number(row.perSecond)} a second, p99 ${number(row.p99, 1)} ms`);
      }
    }
  }
  return found;
}

const refused = (rows) => {
  const all = {};
  for (const {refusals} of rows) for (const [status, count] of Object.entries(refusals)) all[status] = (all[status] ?? 0) + count;
  return Object.entries(all).map(([status, count]) => `${count} x ${status}`).join(', ') || '0';
};
const total = (values) => values.reduce((one, other) => one + other, 0);
const sum = (rows, field) => (rows.some((row) => field in row) ? total(rows.map((row) => row[field] ?? 0)) : '-');
// Of what was done afterwards; one that did not end in time has no number.
function lasting(rows, field) {
  if (!rows.some((row) => field in row)) return '-';
  return rows.some((row) => row[field] === undefined) ? 'too long' : number(median(rows, field) / 1000, 1);
}
const grown = ({before, after}) => after.bot - before.bot;

function tableOf(found, against) {
  const tasks = Object.keys(Object.values(found)[0]);
  for (const task of tasks) {
    const base = median(found[against][task], 'perSecond');
    console.log(`\n${task}, medians of ${options.rounds}:`);
    print(['', 'accepted/s', `of ${against}`, 'p50 ms', 'p99 ms', 'decided after, s', 'starts/s', 'started after, s', 'refused', 'lost', 'twice',
      'bot MB', 'PostgreSQL MB'],
        Object.entries(found).map(([name, all]) => {
          const rows = all[task];
          return [
            name, number(median(rows, 'perSecond')), number(median(rows, 'perSecond') / base, 2),
            number(median(rows, 'p50'), 2), number(median(rows, 'p99'), 2),
            lasting(rows, 'decided'), number(median(rows, 'startsPerSecond')), lasting(rows, 'started'),
            refused(rows), sum(rows, 'lost'), sum(rows, 'twice'),
            `${number(median(rows, ({before}) => before.bot), 1)} -> ${number(median(rows, ({after}) => after.bot), 1)}`,
            `${number(median(rows, ({before}) => before.postgres))} -> ${number(median(rows, ({after}) => after.postgres))}`,
          ];
        }));
  }
}

const rowsOf = (found, name, task) => found[name]?.[task] ?? [];
const ratio = (found, task, name, other, field) => median(rowsOf(found, name, task), field) / median(rowsOf(found, other, task), field);
const bots = (found) => ['countersign-nomatch', 'countersign'].flatMap((name) => Object.values(found[name]).flat());
const most = (values) => values.reduce((one, other) => Math.max(one, other), 0);

// What holds for every measurement of the bot.
const alwaysAimed = (found) => [
  {what: 'acknowledged and not stored', found: total(bots(found).map(({lost}) => lost)), aim: 0},
  {what: 'stored twice', found: total(bots(found).map(({twice}) => twice)), aim: 0},
  {what: `the bot's memory grows, MB at most`, found: most(bots(found).map(grown)), aim: 64},
  {what: `the bot's memory, MB at most`, found: most(bots(found).map(({after}) => after.bot)), aim: 100},
];

async function accept() {
  const found = await rounds(kContenders, Object.fromEntries(options.levels.map((level) => [`${level} connections`, loop(level)])));
  tableOf(found, 'floor-batch');
  const task = `${kJudged} connections`;
  const of = (...names) => ratio(found, task, ...names);
  console.log(`\nat ${task}:`);
  judge([
    {what: 'no rule matches: accepted, of floor-batch', found: of('countersign-nomatch', 'floor-batch', 'perSecond'), aim: 0.8, least: true},
    {what: 'a rule matches: accepted, of webhook', found: of('countersign', 'webhook', 'perSecond'), aim: 1.2, least: true},
    {what: 'a rule matches: programs started a second, of webhook', found: of('countersign', 'webhook', 'startsPerSecond'), aim: 0.7, least: true},
    {what: 'no rule matches: p99, of floor-batch', found: of('countersign-nomatch', 'floor-batch', 'p99'), aim: 2.5},
    {what: 'a rule matches: p99, of floor-batch', found: of('countersign', 'floor-batch', 'p99'), aim: 2.5},
    ...alwaysAimed(found),
  ]);
}

async function bursts() {
  const task = `burst of ${options.burst}`;
  const found = await rounds(kContenders, {[task]: burst()});
  tableOf(found, 'floor-batch');
  console.log(`\n${task}:`);
  judge([
    ...['countersign-nomatch', 'countersign'].map((name) => (
      {what: `${name}: time to the last answer, of floor-batch`, found: ratio(found, task, name, 'floor-batch', 'seconds'), aim: 2})),
    {what: 'refused or not answered', found: total(bots(found).flatMap(({refusals}) => Object.values(refusals))), aim: 0},
    ...alwaysAimed(found),
  ]);
}

// A database that the bot has used once, with so many events of former days.
async function usedDatabase(events) {
  const postgres = await startPostgres();
  const contender = await startCountersign(tools, {postgres, matches: false});
  await send(tools, contender.ports[0], 'loop', 1, 1);
  await contender.stop();
  if (events > 0) writeHistory(postgres, events);
  return postgres;
}

async function history() {
  const databases = {empty: await usedDatabase(0), full: await usedDatabase(kHistory)};
  const contenders = Object.fromEntries(Object.entries(databases).map(([name, postgres]) => [name, () => startCountersign(tools, {postgres, matches: false})]));
  const tasks = Object.fromEntries(options.levels.map((level) => [`${level} connections`, loop(level)]));
  const found = await rounds(contenders, tasks);
  tableOf(found, 'empty');
  console.log(`\n${kHistory} events of former days, against none:`);
  judge(Object.keys(tasks).map((task) => ({what: `accepted at ${task}`, found: ratio(found, task, 'full', 'empty', 'perSecond'), aim: 0.9, least: true})));
  for (const postgres of Object.values(databases)) await postgres.stop();
}

async function slow() {
  const alone = {...loop(kJudged)};
  const crowded = {...alone, meanwhile: (contender) => startCrowd(contender.ports[0], contender.pids.bot, {slow: kSlow, idle: kIdle})};
  const found = await rounds({'countersign-nomatch': kContenders['countersign-nomatch']}, {alone, crowded});
  tableOf(found, 'countersign-nomatch');
  const rows = found['countersign-nomatch'];
  console.log(`\nbeside ${number(median(rows.crowded, 'crowd'))} others, of which ${kSlow} send a byte a second and the rest nothing, against nobody else:`);
  judge([
    {what: `accepted at ${kJudged} connections`, found: median(rows.crowded, 'perSecond') / median(rows.alone, 'perSecond'), aim: 0.9, least: true},
    {what: 'p99', found: median(rows.crowded, 'p99') / median(rows.alone, 'p99'), aim: 1.25},
  ]);
}

const kParts = {accept, burst: bursts, history, slow};
if (!webhookInstalled()) console.log('webhook is not installed (apt-get install webhook): its rows are left out');
console.log(`binary: ${binary()}; load average at the start ${loadavg()[0].toFixed(2)}`);
for (const part of positionals.length ? positionals : ['accept', 'burst']) await kParts[part]();
console.log(`load average at the end ${loadavg()[0].toFixed(2)}`);
