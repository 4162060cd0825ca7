// What the demo costs and how fast it answers, measured on the running binary: node tests/bench/demo.mjs (COUNTERSIGN_BINARY, default the
// release build). Prints numbers of this machine at this moment; the last line is a ratio within this one run.
import {readFileSync} from 'node:fs';
import {binary} from '../e2e/support/program.mjs';
import {startDemo} from '../e2e/support/bot.mjs';

const kRounds = 20;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return {ms: performance.now() - start, result};
}

async function until(find) {
  for (;;) {
    const found = await find();
    if (found) return found;
  }
}

function residentMegabytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

const first = await timed(() => startDemo());
const bot = first.result;
await bot.stop();
const second = await timed(() => bot.restart());
const idle = residentMegabytes(bot.program.child.pid);

const {chat} = bot;
const plans = [], alerts = [], starts = [], bare = [];
for (let i = 0; i < kRounds; i += 1) {
  bare.push((await timed(() => fetch(`${bot.info.server}/healthz`))).ms);
  const cluster = `bench-${i}`;
  const posted = await timed(async () => {
    await chat.alice.say(`!remediate ops.disk_usage host=${cluster}`);
    return until(async () => (await chat.plans()).find((plan) => plan.targets === cluster));
  });
  plans.push(posted.ms);
}
for (const host of ['web-1', 'web-2', 'web-3']) {
  const accepted = await timed(async () => {
    await bot.alert({instance: host});
    return until(async () => (await chat.plans()).find((plan) => plan.targets === host && plan.buttons.length > 0));
  });
  alerts.push(accepted.ms);
  await chat.alice.click(accepted.result.post, 'approve');
  const record = await until(async () => {
    const {audit} = await bot.trace(accepted.result.run);
    return audit.some((row) => row.kind === 'run.outcome') ? audit : undefined;
  });
  const at = (kind) => Date.parse(record.find((row) => row.kind === kind).at);
  starts.push(at('run.intent') - at('approval.vote'));
}
await bot.stop();

console.log(`binary: ${binary()}`);
console.log(`start of the demo, nothing there yet: ${first.ms.toFixed(0)} ms`);
console.log(`start of the demo, second time:       ${second.ms.toFixed(0)} ms`);
console.log(`resident memory when idle:            ${idle.toFixed(1)} MB (bot and sandbox chat in one process)`);
console.log(`command to posted plan, median of ${kRounds}: ${median(plans).toFixed(0)} ms`);
console.log(`alert to posted plan, median of 3:   ${median(alerts).toFixed(0)} ms`);
console.log(`vote to recorded intent, each of 3:   ${starts.join(', ')} ms`);
console.log(`ratio of command-to-plan to one bare HTTP answer: ${(median(plans) / median(bare)).toFixed(0)}`);
