// The primary is killed and the standby promoted: a synchronous pair goes on as if nothing had been; after an asynchronous one nothing that
// may have lost its past goes on without a person (I18).
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {startPair} from './support/postgres.mjs';
import {waitFor} from './support/wait.mjs';

for (const synchronous of [true, false]) {
  describe(`a failover of ${synchronous ? 'a synchronous' : 'an asynchronous'} pair`, () => {
    let pair, sandbox, bot, chat;
    const plans = {};

    const asked = async (alertname, instance) => {
      await bot.alert({alertname, instance});
      plans[instance] = await chat.plan(instance, 'waiting for approval');
    };
    const approve = (instance) => chat.bob.react(plans[instance], '+1');
    const letGo = (instance) => {
      mkdirSync(join(bot.stateDir, 'demo'), {recursive: true});
      writeFileSync(join(bot.stateDir, 'demo', `go-${instance}`), '');
    };

    before(async () => {
      pair = await startPair({synchronous});
      sandbox = await startSandbox();
      bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks(), databaseUrl: pair.url});
      chat = bot.chat;
      await asked('quick', 'waiting');
      await asked('slow', 'acting');
      await approve('acting');
      await chat.becomes(plans.acting, 'running');
      if (!synchronous) {
        await asked('quick', 'forgotten');
        await waitFor(() => pair.standbySql(`SELECT count(*) FROM cs.run r WHERE state = 'awaiting_approval' AND r::text LIKE '%forgotten%'`) === '1',
            {what: 'the standby to know of the plan'});
        pair.cutOff();
        await approve('forgotten');
        await chat.becomes(plans.forgotten, 'succeeded');
      }
      await pair.failOver();
    });

    after(async () => {
      await bot?.stop();
      await sandbox?.stop();
      await pair?.stop();
    });

    test('is noticed, and new work is taken', async () => {
      // What arrives before the new timeline is opened is held like everything else.
      await waitFor(() => pair.standbySql('SELECT count(*) FROM cs.epoch') === '2', {what: 'the new timeline to be opened'});
      await bot.ready();
      await asked('quick', 'afterwards');
      await approve('afterwards');
      await chat.becomes(plans.afterwards, 'succeeded');
      assert.equal(bot.ledger('afterwards').length, 1);
    });

    if (synchronous) {
      test('what waited still waits, what acted still acts, and each runs once', async () => {
        assert.equal(pair.standbySql(`SELECT durability FROM cs.epoch ORDER BY timeline LIMIT 1`), 'sync');
        await approve('waiting');
        await chat.becomes(plans.waiting, 'succeeded');
        letGo('acting');
        await chat.becomes(plans.acting, 'succeeded');
        for (const instance of ['waiting', 'acting']) assert.equal(bot.ledger(instance).length, 1);
      });
    } else {
      test('people are told, and nothing that was open goes on by itself (I18)', async () => {
        await waitFor(async () => (await chat.posts()).find(({message}) => /failed over/.test(message)), {what: 'the channel to be told'});
        for (const instance of ['waiting', 'forgotten']) await chat.becomes(plans[instance], 'held');
        await approve('waiting');
        await chat.settle();
        assert.equal(bot.ledger('waiting').length, 0);
        assert.equal(bot.ledger('forgotten').length, 1, 'it ran before, which the database has forgotten; never again');
      });

      test('what may have acted is asked about, until its own word comes (I12)', async () => {
        await chat.becomes(plans.acting, 'outcome unknown');
        await chat.inThread(plans.acting, /What happened to R\d+\?/);
        letGo('acting');
        await chat.becomes(plans.acting, 'succeeded');
        assert.equal(bot.ledger('acting').length, 1);
      });
    }
  });
}
