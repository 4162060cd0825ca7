// Load for a while, at half of what the bot can take, and PostgreSQL dies in the middle of it: what was answered 2xx is there once, whatever was
// refused is taken when it comes again, nothing is left undecided for ever, and memory does not grow (I1, I2, I3).
// COUNTERSIGN_SOAK=600: for so many seconds, with three deaths instead of one. Needs g++ for the sender, tests/bench/load/send.cpp.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {sql, startCountersign} from '../bench/support/contenders.mjs';
import {accepted, buildTools, send} from '../bench/support/load.mjs';
import {compare, memory} from '../bench/support/measured.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {waitFor} from './support/wait.mjs';

const kSeconds = Number(process.env.COUNTERSIGN_SOAK ?? 20);
const kDeaths = kSeconds >= 300 ? 3 : 1;
const kConnections = 64;
const kMegabytes = 100;
const kPatience = (kSeconds + 300) * 1_000;

describe('a soak', () => {
  let tools, bot;
  let all = [];

  const one = (text) => sql(bot.postgres, text);
  const decided = () => waitFor(() => one('SELECT NOT EXISTS (SELECT FROM cs.event_queue)') === 't', {what: 'everything to be decided', timeout: kPatience});
  const given = () => Number(one('SELECT last_value FROM cs.event_id'));
  const hasSanitizer = () => readFileSync(`/proc/${bot.pids.bot}/maps`, 'utf8').includes('libasan');

  before(async () => {
    tools = buildTools();
    bot = await startCountersign(tools, {matches: false});
  });

  after(() => bot?.stop());

  // Deliveries a second, from the first one until the last is decided.
  async function capacity() {
    const start = performance.now();
    const taken = await send(tools, bot.ports[0], 'loop', kConnections, 3);
    await decided();
    all = all.concat(taken);
    return accepted(taken).length / (performance.now() - start) * 1_000;
  }

  test('takes everything, though PostgreSQL dies meanwhile; what was refused or not answered is sent again', async (t) => {
    const rate = Math.max(1, Math.floor(await capacity() / 2));
    const count = rate * kSeconds;
    const first = given();
    const sending = send(tools, bot.ports[0], 'insist', kConnections, rate, count);
    for (let death = 1; death <= kDeaths; death += 1) {
      await waitFor(() => given() - first >= count * death / (kDeaths + 1), {what: `death ${death} of PostgreSQL to be due`, timeout: kPatience});
      await bot.postgres.crash();
    }
    const pushes = await sending;
    all = all.concat(pushes);  // millions, more than a call takes
    assert.equal(accepted(pushes).length, count);
    const again = pushes.filter(({tries}) => tries > 1).length;
    assert.ok(again > 0, 'nobody was refused, so nothing died under load');
    t.diagnostic(`${count} deliveries, ${rate} a second; ${again} of them were sent again`);
  });

  test('what was answered 2xx is there, and nothing is there twice (I1, I3)', () => {
    assert.deepEqual(compare(bot, all), {lost: 0, twice: 0});
  });

  test('all of it is decided, and the bot is ready (I2)', async () => {
    await decided();
    await waitFor(async () => (await fetch(`http://127.0.0.1:${bot.ports[0]}/readyz`)).status === 200, {what: 'the bot to be ready'});
    await assertInvariantsHold({stateDir: bot.homes[0]});
  });

  test('its memory stays below what it may have', (t) => {
    const {bot: megabytes} = memory(bot);
    t.diagnostic(`${megabytes.toFixed(1)} MB`);
    if (hasSanitizer()) return t.skip('a sanitizer keeps what was freed');
    assert.ok(megabytes < kMegabytes, `${megabytes} MB`);
  });

  test('it ends, and no sanitizer complained', async () => {
    const stopped = bot;
    bot = undefined;
    await stopped.stop();
    assert.doesNotMatch(readFileSync(join(stopped.homes[0], 'countersign.log'), 'utf8'), /ERROR: \w+Sanitizer|runtime error:/);
  });
});
