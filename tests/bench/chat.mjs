// How long people wait in chat: from a command to the answer that another person sees, and from a click to the changed message, in both chats
// against the sandbox; beside a bot of forty lines on the platform's own clients (reference/), in turn, in the same run. Ours commits before it
// answers; that one records nothing. Then 2,000 alerts at once, and how long a plan that somebody asks for meanwhile is in coming.
//   node tests/bench/chat.mjs [ROUNDS]     COUNTERSIGN_BINARY, default the release build; npm ci in tests/bench and tests/e2e before
import {fileURLToPath} from 'node:url';
import {readFileSync} from 'node:fs';
import WebSocket from 'ws';
import {alert} from '../e2e/support/alerts.mjs';
import {drillPacks, startSandbox, startServe} from '../e2e/support/bot.mjs';
import {binary, Program} from '../e2e/support/program.mjs';
import {waitFor} from '../e2e/support/wait.mjs';

const kRounds = Number(process.argv[2] ?? 200);
const kStorm = 2000;
const kReference = fileURLToPath(new URL('reference/', import.meta.url));

// What one person's client is told; `see` resolves with the moment at which something fits.
class Eyes {
  constructor(url, token) {
    this.waiting = new Set();
    this.socket = new WebSocket(url, {headers: {Authorization: `Bearer ${token}`}});
    this.socket.on('message', (data) => {
      const at = performance.now();
      const {event, data: content} = JSON.parse(String(data));
      if (event !== 'posted' && event !== 'post_edited') return;
      const post = JSON.parse(content.post);
      for (const one of this.waiting) if (one.test(event, post, content.post)) one.resolve({at, post});
    });
    this.open = new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
  }

  see(what, test) {
    return new Promise((resolve, reject) => {
      const one = {test};
      const timer = setTimeout(() => reject(new Error(`nobody saw ${what} for 60 s`)), 60_000);
      one.resolve = (seen) => {
        clearTimeout(timer);
        this.waiting.delete(one);
        resolve(seen);
      };
      this.waiting.add(one);
    });
  }
}

const json = (url, body, headers = {}) => fetch(url, {method: 'POST', headers: {'Content-Type': 'application/json', ...headers}, body: JSON.stringify(body)})
  .then(async (response) => (response.ok ? response.json() : Promise.reject(new Error(`${url}: ${response.status} ${await response.text()}`))));

// How people act in each chat, and the least time between two messages of a bot in one channel that the platform allows.
const kChats = {
  mattermost: {
    pause: 0,
    socket: ({mattermost}) => mattermost.ws_url,
    eyes: ({mattermost}) => mattermost.users.carol.token,
    acting: ({mattermost}, who) => {
      const headers = {Authorization: `Bearer ${mattermost.users[who].token}`};
      const api = `${mattermost.base_url}/api/v4/posts`;
      return {
        say: (message) => json(api, {channel_id: mattermost.channels.ops, message}, headers),
        click: (post) => json(`${api}/${post.id}/actions/approve`, {}, headers),
      };
    },
    reference: ({mattermost}) => ['mattermost.mjs', mattermost.base_url, mattermost.bot.token],
    config: ({mattermost}) => ({mattermost}),
  },
  slack: {
    pause: 1_000,
    socket: ({slack}) => `${slack.page.replace(/^http/, 'ws')}api/v4/websocket`,
    eyes: ({slack}) => slack.users.carol.token,
    acting: ({slack}, who) => ({
      say: (text) => json(`${slack.control_url}/say`, {user: who, channel: 'ops', text}),
      click: (post) => json(`${slack.control_url}/click`, {user: who, channel: 'ops', ts: `${post.id.slice(0, -6)}.${post.id.slice(-6)}`, action_id: 'approve'}),
    }),
    reference: ({slack}) => ['slack.mjs', slack.api_url, slack.bot_token, slack.app_token],
    config: ({mattermost, slack}) => ({mattermost, slack}),
  },
};

// A bot in a sandbox of its own, and people beside it.
async function side(chat, start, plan) {
  const sandbox = await startSandbox();
  const bot = await start(sandbox);
  const eyes = new Eyes(chat.socket(sandbox), chat.eyes(sandbox));
  await eyes.open;
  return {
    sandbox, bot, eyes, plan,
    alice: chat.acting(sandbox, 'alice'),
    bob: chat.acting(sandbox, 'bob'),
    async stop() {
      eyes.socket.terminate();
      await bot.stop();
      await sandbox.stop();
    },
  };
}

const ours = (chat) => side(chat, (sandbox) => startServe({...chat.config(sandbox), packs: drillPacks({limit: 10 * kStorm})}), (name) => `!remediate drill.quick host=${name}`);
const theirs = (chat) => side(chat, async (sandbox) => {
  const [file, ...args] = chat.reference(sandbox);
  const program = new Program([kReference + file, ...args], {file: process.execPath});
  await waitFor(() => program.stdout.includes('ready'), {what: 'the plain bot to be ready'});
  return {stop: () => program.kill9()};
}, (name) => `!plan ${name}`);

async function timed(seen, act) {
  const start = performance.now();
  await act();
  const {at, post} = await seen;
  return {ms: at - start, post};
}

const planFor = (name) => (event, post, text) => event === 'posted' && text.includes(name) && text.includes('pprove');

async function command({eyes, alice}) {
  const {ms} = await timed(eyes.see('an answer', (event, post, text) => event === 'posted' && text.includes('Status')), () => alice.say('!status'));
  return ms;
}

async function click({eyes, alice, bob, plan}, name) {
  const posted = eyes.see(`a plan for ${name}`, planFor(name));
  await alice.say(plan(name));
  const {post: {id}} = await posted;
  await rest(100);  // nobody clicks sooner
  const {ms} = await timed(eyes.see('a change', (event, post) => event === 'post_edited' && post.id === id), () => bob.click({id}));
  return ms;
}

const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))];
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function report(chat, what, us, them) {
  const [p50, p99, their50, their99] = [percentile(us, 0.5), percentile(us, 0.99), percentile(them, 0.5), percentile(them, 0.99)];
  console.log(`${chat}, ${what}, ${us.length} times: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; the plain bot ${their50.toFixed(1)} and ` +
    `${their99.toFixed(1)} ms; ratio ${(p50 / their50).toFixed(2)} and ${(p99 / their99).toFixed(2)}`);
}

async function latency(name, chat) {
  const [us, them] = [await ours(chat), await theirs(chat)];
  for (const [what, measure] of [['command to answer', command], ['click to changed message', click]]) {
    const times = [[], []];
    for (let round = 0; round < kRounds + 5; round += 1) {
      for (const [i, bot] of [us, them].entries()) {
        const ms = await measure(bot, `n${round}`);
        if (round >= 5) times[i].push(ms);  // the first rounds open connections
      }
      // A run that was started reports into its thread: two messages more.
      await rest(chat.pause * (measure === click ? 3 : 1.1));
    }
    report(name, what, ...times);
  }
  await them.stop();
  return us;
}

// Alerts that each ask for an approval, all at once; and every second somebody asks for a plan of his own.
async function storm(name, us) {
  const {eyes, alice, bot} = us;
  const quiet = (await timed(eyes.see('a plan', planFor('before-the-storm')),
    () => alice.say(us.plan('before-the-storm')))).ms;
  const waits = [];
  const start = performance.now();
  const delivered = Promise.all(Array.from({length: 20}, async (_, lane) => {
    for (let n = lane; n < kStorm; n += 20) await bot.alert({alertname: 'quick', instance: `storm-${n}`});
  }));
  for (let n = 0; n < 10; n += 1) {
    const seen = eyes.see(`plan mine-${n}`, planFor(`mine-${n}`));
    waits.push((await timed(seen, () => alice.say(us.plan(`mine-${n}`)))).ms);
    await rest(500);
  }
  await delivered;
  const took = performance.now() - start;
  console.log(`${name}, ${kStorm} alerts into one channel, accepted within ${(took / 1000).toFixed(1)} s: a plan asked for meanwhile is there after ` +
    `p50 ${percentile(waits, 0.5).toFixed(0)} ms, at most ${Math.max(...waits).toFixed(0)} ms; alone ${quiet.toFixed(0)} ms`);
}

function residentMegabytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

console.log(`binary: ${binary()}`);
for (const [name, chat] of Object.entries(kChats)) {
  const us = await latency(name, chat);
  await us.bot.stop();
  const start = performance.now();
  await us.bot.restart();
  console.log(`${name}, start with the private database to be started too: ${(performance.now() - start).toFixed(0)} ms; ` +
    `resident when idle: ${residentMegabytes(us.bot.program.pid).toFixed(1)} MB`);
  await storm(name, us);
  await us.stop();
}
