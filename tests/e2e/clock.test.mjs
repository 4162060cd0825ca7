// The wall clock of the bot jumps by hours, forward and backward, while plans wait and actions run: approvals and leases follow the database's clock,
// what the process trusts itself follows the monotonic one, so nothing expires early, nothing starts twice, and nothing stands still (I5, I9, T53).
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {WrongClock} from './support/clock.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {preparePostgres, query} from './support/postgres.mjs';
import {waitFor} from './support/wait.mjs';

// From the true time, in hours.
const kJumps = {'five hours forward': 5, 'twelve hours backward': -7, 'forty days forward': 960, 'back to the truth': 0};

describe('a wall clock that jumps', () => {
  let database, server, sandbox, bot, chat, clock;

  const sql = (text) => query(database.url, text);

  before(async () => {
    clock = new WrongClock();
    database = await preparePostgres();
    server = await database.start();
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks(), databaseUrl: database.url, env: clock.environment});
    chat = bot.chat;
  });

  after(async () => {
    await bot?.stop();
    await sandbox?.stop();
    server?.signal('SIGINT');
    await server?.wait();
  });

  // The bot writes its own time before each line of its log, and it logs that the chat is away.
  async function believes(hours) {
    const before = bot.program.stderr.length;
    await fetch(`${sandbox.mattermost.base_url}/control/sockets/cut`, {method: 'POST', body: JSON.stringify({user: 'countersign'})});
    await waitFor(() => {
      const line = bot.program.stderr.slice(before).split('\n').find((one) => /connected to chat/.test(one));
      return line && Math.abs(Date.parse(line.slice(0, 24)) - Date.now() - hours * 3_600_000) < 120_000;
    }, {what: `the bot to have been without its chat, and to believe that it is ${hours} hours later than it is`});
  }

  for (const [jump, hours] of Object.entries(kJumps)) {
    test(`${jump}: what waits still waits, what runs runs on, and new work is done, each once`, async () => {
      const [waiting, acting, afterwards] = ['waiting', 'acting', 'afterwards'].map((name) => `${name}-at-${hours}`);
      await bot.alert({alertname: 'quick', instance: waiting});
      await bot.alert({alertname: 'slow', instance: acting});
      const [first, second] = [await chat.plan(waiting, 'waiting for approval'), await chat.plan(acting, 'waiting for approval')];
      const expiry = await sql(`SELECT expires_at FROM cs.approval WHERE run_id = ${first.run.slice(1)}`);
      await chat.alice.click(second, 'approve');
      await waitFor(() => bot.ledger(acting).length === 1, {what: 'the action to be under way'});
      clock.set(hours);
      await believes(hours);
      await chat.settle();

      await bot.alert({alertname: 'quick', instance: afterwards});
      const third = await chat.plan(afterwards, 'waiting for approval');
      await chat.bob.react(third, '+1');
      await chat.becomes(third, 'succeeded');
      assert.equal(await sql(`SELECT expires_at - created_at < interval '25 h' FROM cs.approval WHERE run_id = ${third.run.slice(1)}`), 't');

      assert.equal(await sql(`SELECT state FROM cs.run WHERE run_id = ${first.run.slice(1)}`), 'awaiting_approval');
      assert.equal(await sql(`SELECT expires_at FROM cs.approval WHERE run_id = ${first.run.slice(1)}`), expiry);
      await chat.alice.click(first, 'approve');
      await chat.becomes(first, 'succeeded');

      assert.equal(await sql(`SELECT state FROM cs.run WHERE run_id = ${second.run.slice(1)}`), 'executing');
      writeFileSync(join(bot.stateDir, 'demo', `go-${acting}`), '');
      await chat.becomes(second, 'succeeded');
      for (const target of [waiting, acting, afterwards]) assert.equal(bot.ledger(target).length, 1, target);
    });
  }

  test('and after all that the record holds every invariant', () => assertInvariantsHold(bot));
});
