// Ten thousand connections that only sit there and five hundred that dawdle: honest senders are served all the same, what is beyond the
// limit is closed at once, a vote still gets through, and nothing of them stays (T11, T12).
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {after, before, describe, test} from 'node:test';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {statuses} from './support/raw.mjs';
import {waitFor} from './support/wait.mjs';

const kIdle = 10_000;
const kSlow = 500;
const kAtOnce = 200;
const kAsk = 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n';

// A connection that keeps what it hears.
function open(port, bytes) {
  return new Promise((resolve) => {
    const one = {socket: connect(port, '127.0.0.1'), text: '', over: false};
    one.socket.setEncoding('latin1');
    one.socket.on('connect', () => (one.socket.write(bytes), resolve(one)));
    one.socket.on('data', (text) => {
      one.text += text;
    });
    for (const end of ['end', 'close', 'error']) one.socket.on(end, () => ((one.over = true), resolve(one)));
  });
}

async function openMany(port, count, bytes) {
  const all = [];
  while (all.length < count) {
    const some = Math.min(kAtOnce, count - all.length);
    all.push(...await Promise.all(Array.from({length: some}, (_, i) => open(port, bytes(all.length + i)))));
  }
  return all;
}

const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;
const residentKb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const mayOpen = (pid) => Number(/Max open files\s+(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))[1]);

describe('a crowd at the door', () => {
  let sandbox, bot, port, quiet;
  let idle = [];
  let slow = [];

  before(async () => {
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks()});
    port = Number(new URL(bot.info.server).port);
    quiet = descriptors(bot.program.pid);
  });

  after(async () => {
    for (const {socket} of [...idle, ...slow]) socket.destroy();
    await bot?.stop();
    await sandbox?.stop();
  });

  test('ten thousand connections are kept as long as there is room, and not one more', async (t) => {
    const room = Math.min(kIdle, mayOpen(bot.program.pid) - 256);
    const before = residentKb(bot.program.pid);
    idle = await openMany(port, room - kSlow - 50, () => kAsk);
    await waitFor(() => idle.every(({text}) => statuses(text).length === 1), {what: 'each to be answered'});
    t.diagnostic(`${((residentKb(bot.program.pid) - before) * 1024 / idle.length).toFixed(0)} bytes of memory for each idle connection`);
    slow = await openMany(port, kSlow, (i) => i % 2 ? 'POST /hooks/alerts HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{' : 'POST /hooks/al');
    assert.ok(idle.every(({over}) => !over), 'nobody had to go');
  });

  test('an honest alert among them is taken, planned, approved and run', async () => {
    await bot.alert({alertname: 'quick', instance: 'in-the-crowd'});
    const plan = await bot.chat.plan('in-the-crowd', 'waiting for approval');
    await bot.chat.alice.click(plan, 'approve');
    await bot.chat.becomes(plan, 'succeeded');
    assert.equal(bot.ledger('in-the-crowd').length, 1);
  });

  test('what is beyond the limit is closed at once', async () => {
    const late = await openMany(port, kSlow + 200, () => kAsk);
    await waitFor(() => late.filter(({over, text}) => over && text === '').length > 0, {what: 'one to be closed without a word'});
    for (const {socket} of late) socket.destroy();
  });

  test('the slow ones are told so, the idle ones are let go, and nothing of them stays', async () => {
    await waitFor(() => slow.every(({over}) => over), {what: 'the slow ones to be sent away'});
    for (const {text} of slow) assert.deepEqual(statuses(text), [408]);
    await waitFor(() => idle.every(({over}) => over), {what: 'the idle ones to be let go', timeout: 180_000});
    await waitFor(() => descriptors(bot.program.pid) <= quiet + 5, {what: 'the descriptors to be free again'});
    await bot.alert({alertname: 'quick', instance: 'afterwards'});
  });
});
