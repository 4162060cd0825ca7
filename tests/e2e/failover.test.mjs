// The primary is killed and the standby promoted: a synchronous pair goes on as if nothing had been; after an asynchronous one nothing that
// may have lost its past goes on without a person (I18).
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {plain} from './support/chat.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
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
        await asked('quick', 'lost');
        await approve('lost');
        await chat.becomes(plans.lost, 'succeeded');
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
        const told = await waitFor(async () => (await chat.posts()).find(({message}) => /failed over/.test(message)), {what: 'the channel to be told'});
        assert.match(plain(told.message), /1 run is held, 1 that was executing is unknown and 2 approvals are void/);
        assert.match(plain(told.message), new RegExp(`forgotten that I started 1 run, .*${plans.forgotten.run}`));
        await chat.becomes(plans.waiting, 'held');
        await approve('waiting');
        await chat.settle();
        assert.equal(bot.ledger('waiting').length, 0);
      });

      test('what may have acted is asked about, until its own word comes (I12)', async () => {
        await chat.becomes(plans.acting, 'outcome unknown');
        await chat.inThread(plans.acting, /What happened to R\d+\?/);
        letGo('acting');
        await chat.becomes(plans.acting, 'succeeded');
        assert.equal(bot.ledger('acting').length, 1);
      });

      test('what the database has forgotten is asked about, and never runs again by itself (I5, I12, I18)', async () => {
        await chat.becomes(plans.forgotten, 'outcome unknown');
        const question = await chat.inThread(plans.forgotten, /What happened to R\d+\?/);
        assert.match(plain(question.message), /written down that it did so at .*; the database does not know/);
        await approve('forgotten');
        await bot.stop();
        await bot.restart();
        await chat.settle();
        assert.equal(bot.ledger('forgotten').length, 1);
        assert.equal((await chat.posts()).filter(({message}) => /failed over/.test(message)).length, 1, 'told once');
        await chat.alice.click(question, 'happened');
        await chat.becomes(plans.forgotten, 'succeeded');
      });

      test('a run that is lost altogether is shown, with what was done, when and to what', async () => {
        const told = (await chat.posts()).find(({message}) => /failed over/.test(message));
        assert.match(plain(told.message), new RegExp(`${plans.lost.run} drill.quick on lost was started at 2`));
        assert.match(await chat.alice.ask('!dead-letters'), /a start that the database has forgotten: R\d+ drill.quick on lost/);
        assert.equal(bot.ledger('lost').length, 1);
      });

      test('every invariant holds afterwards', () => assertInvariantsHold(bot));
    }
  });
}
