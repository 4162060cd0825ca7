// Three machines under Patroni, as config/examples/patroni has them: the one with the primary is lost, Patroni promotes the synchronous standby, and
// the bot goes on by itself. What was acknowledged is there, nothing runs twice, nobody has to do anything.
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {alert} from './support/alerts.mjs';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {startCluster} from './support/patroni.mjs';
import {waitFor} from './support/wait.mjs';

const kFlowing = 12;

describe('the loss of the primary under Patroni', () => {
  let cluster, sandbox, bot, chat, lost;
  const plans = {};

  const planned = async (instance) => {
    plans[instance] = await chat.plan(instance, 'waiting for approval');
  };
  const approve = (instance) => chat.bob.react(plans[instance], '+1');
  const succeeds = (instance) => chat.becomes(plans[instance], 'succeeded');

  // As Alertmanager does it: again, until somebody has taken it.
  const deliver = (instance) => waitFor(async () => (await bot.deliver(alert({alertname: 'quick', instance}))).status < 300,
      {what: `the alert of ${instance} to be taken`});

  before(async () => {
    cluster = await startCluster();
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks(), databaseUrl: cluster.url});
    chat = bot.chat;
    for (const [alertname, instance] of [['quick', 'done'], ['quick', 'waiting'], ['slow', 'acting']]) {
      await bot.alert({alertname, instance});
      await planned(instance);
    }
    await approve('done');
    await succeeds('done');
    await approve('acting');
    await chat.becomes(plans.acting, 'running');

    lost = await cluster.leader();
    const flow = async (from, to) => {
      for (let n = from; n < to; n += 1) await deliver(`flow-${n}`);
    };
    await flow(0, kFlowing / 2);
    await Promise.all([flow(kFlowing / 2, kFlowing), lost.kill()]);
  });

  after(async () => {
    await bot?.stop();
    await sandbox?.stop();
    await cluster?.stop();
  });

  test('leaves a synchronous timeline after a synchronous one, so that nothing is held and nobody is alarmed (I18)', async () => {
    assert.notEqual(await cluster.leader(), lost);
    const epochs = await waitFor(() => cluster.sql(`SELECT string_agg(durability, ',') FROM cs.epoch`).match(/^.+,.+$/)?.[0],
        {what: 'the new timeline to be opened'});
    assert.equal(epochs, 'sync,sync');
    await bot.ready();
    assert.ok(!(await chat.posts()).some(({message}) => /failed over/.test(message)));
    assert.match(await chat.alice.ask('!status'), /Database: synchronous: a failover loses nothing/);
  });

  test('forgets no alert that was taken, before it or while there was no primary (I1, I2)', async () => {
    for (let n = 0; n < kFlowing; n += 1) await planned(`flow-${n}`);
    for (let n = 0; n < kFlowing; n += 1) await approve(`flow-${n}`);
    for (let n = 0; n < kFlowing; n += 1) await succeeds(`flow-${n}`);
  });

  test('changes nothing for what waited and what acted', async () => {
    await approve('waiting');
    await succeeds('waiting');
    mkdirSync(join(bot.stateDir, 'demo'), {recursive: true});
    writeFileSync(join(bot.stateDir, 'demo', 'go-acting'), '');
    await succeeds('acting');
  });

  test('makes nothing run twice, and the record is whole (I4, I5)', async () => {
    const ran = bot.ledger().map(({target}) => target).sort();
    assert.deepEqual(ran, Object.keys(plans).sort());
    const said = (await chat.plans()).map(({targets}) => targets).sort();
    assert.deepEqual(said, Object.keys(plans).sort());
    await assertInvariantsHold(bot);
  });

  test('heals by itself: the machine that was lost comes back as a standby', async () => {
    lost.start();
    await cluster.follow(2);
    assert.notEqual((await cluster.roles())[lost.name], 'leader');
  });
});
