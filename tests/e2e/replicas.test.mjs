// Three processes on one database: each event is decided once, each message said once, each run carried out once; while one
// after the other is started again, and when the one that speaks is killed.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {alert} from './support/alerts.mjs';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {preparePostgres} from './support/postgres.mjs';
import {waitFor} from './support/wait.mjs';

const kPatience = 180_000;

describe('three replicas on one database', () => {
  let database, server, sandbox, bots, chat;

  const sql = (query) => execFileSync('psql', [database.url, '-XAtc', query], {encoding: 'utf8'}).trim();

  before(async () => {
    database = await preparePostgres();
    server = await database.start();
    sandbox = await startSandbox();
    const packs = drillPacks();
    const start = () => startServe({mattermost: sandbox.mattermost, packs, databaseUrl: database.url});
    bots = [await start(), await start(), await start()];
    chat = bots[0].chat;
  });

  after(async () => {
    for (const bot of bots ?? []) if (!bot.program.end) await bot.stop();
    await sandbox?.stop();
    server?.signal('SIGINT');
    await server?.wait();
  });

  const replicaOf = (bot) => readFileSync(join(bot.stateDir, 'replica'), 'utf8').trim();
  const speaker = () => waitFor(() => {
    const replica = sql(`SELECT replica FROM cs.chat_sender WHERE chat = 'mm' AND lease_until > clock_timestamp()`);
    return bots.find((bot) => replicaOf(bot) === replica);
  }, {what: 'a replica to speak in the chat', timeout: kPatience});

  // To any of them that takes it, as a balancer would.
  const deliver = (name, first) => waitFor(async () => {
    for (let i = 0; i < bots.length; i += 1) {
      const bot = bots[(first + i) % bots.length];
      const answer = await bot.deliver(alert({alertname: 'quick', instance: name})).catch(() => undefined);
      if (answer?.status < 300) return true;
    }
    return false;
  }, {what: `somebody to take the alert of ${name}`});

  // One plan for each, in one message.
  const planned = (prefix, count) => waitFor(async () => {
    const plans = (await chat.plans()).filter(({targets}) => targets.startsWith(prefix));
    assert.ok(plans.length >= count, `${plans.length} of ${count}`);
    return plans;
  }, {what: `${count} plans for ${prefix}`, timeout: kPatience});

  async function assertEachRunsOnce(prefix, plans, count) {
    assert.equal(plans.length, count);
    assert.equal(new Set(plans.map(({targets}) => targets)).size, count);
    for (const plan of plans) await chat.bob.react(plan, '+1');
    await waitFor(async () => {
      const left = (await chat.plans()).filter(({targets, state}) => targets.startsWith(prefix) && state !== 'succeeded');
      assert.deepEqual(left.map(({run, state}) => `${run} ${state}`), []);
      return true;
    }, {what: `all of ${prefix} to succeed`, timeout: kPatience});
    const done = bots.flatMap((bot) => bot.ledger()).filter(({target}) => target.startsWith(prefix));
    assert.equal(done.length, count);
    assert.equal(new Set(done.map(({target}) => target)).size, count);
    await waitFor(async () => {
      for (const plan of plans) {
        const results = (await chat.thread(plan.id)).filter(({message}) => message.includes(`${plan.targets}: done`));
        assert.equal(results.length, 1, `the results of ${plan.run}`);
      }
      return true;
    }, {what: 'one result for each'});
  }

  test('are listed, with the one that speaks', async () => {
    await speaker();
    const status = await chat.alice.ask('!status');
    assert.equal(status.match(/Replica:/g)?.length, 3, status);
    assert.equal(status.match(/speaks in mm/g)?.length, 1, status);
  });

  test('plan, approve and run each of 40 alerts once, though every alert comes to two of them', async () => {
    await Promise.all(Array.from({length: 40}, async (_, n) => {
      await deliver(`all-${n}`, n);
      await deliver(`all-${n}`, n + 1);
    }));
    await assertEachRunsOnce('all-', await planned('all-', 40), 40);
  });

  test('obey a command once, though each of them hears it', async () => {
    await chat.alice.say('!remediate drill.quick host=asked');
    await chat.plan('asked', 'waiting for approval');
    await chat.settle();
    assert.equal((await chat.plans()).filter(({targets}) => targets === 'asked').length, 1);
    assert.equal(sql(`SELECT count(*) FROM cs.event WHERE body->>'text' LIKE '%host=asked'`), '1');
  });

  test('lose and repeat nothing while one after the other is started again', async () => {
    const flowing = (async () => {
      for (let n = 0; n < 20; n += 1) await deliver(`roll-${n}`, n);
    })();
    for (const bot of bots) {
      await bot.stop();
      await bot.restart();
    }
    await flowing;
    await assertEachRunsOnce('roll-', await planned('roll-', 20), 20);
  });

  test('go on when the one that speaks is killed, and nothing is said twice', async () => {
    const spoke = await speaker();
    const flowing = Promise.all(Array.from({length: 10}, (_, n) => deliver(`kill-${n}`, n)));
    await planned('kill-', 1);
    await spoke.kill9();
    await flowing;
    const plans = await planned('kill-', 10);
    assert.notEqual(await speaker(), spoke);
    await assertEachRunsOnce('kill-', plans, 10);
  });
});
