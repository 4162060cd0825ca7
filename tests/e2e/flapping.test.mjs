// An alert that fires and resolves all the time, and one that comes again and again while the bot is killed.
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {plain} from './support/chat.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {waitFor} from './support/wait.mjs';

// A drill rule with more in it.
function change(packs, name, more) {
  const file = join(packs, 'drill', 'rules', `${name}.yaml`);
  writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), ...more}));
}

describe('an alert that comes again and again', () => {
  let sandbox, bot, chat;

  before(async () => {
    const packs = drillPacks();
    change(packs, 'quick', {flapping: {changes: 2, within: '10m'}});
    change(packs, 'slow', {flapping: {changes: 2, within: '5s'}});
    change(packs, 'repeatable', {dedup: {key: '{{ trigger.labels.instance }}', window: '30m'}});
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs});
    chat = bot.chat;
    await chat.listen();
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
    await sandbox?.stop();
  });

  // The nth episode of an alert, an hour after the one before.
  const startsAt = (n) => new Date(Date.UTC(2026, 0, 1, n)).toISOString();
  const fire = (alertname, instance, n) => bot.alert({alertname, instance, startsAt: startsAt(n)});
  const resolve = (alertname, instance, n) => bot.alert({alertname, instance, startsAt: startsAt(n), status: 'resolved'});

  async function flap(alertname, instance) {
    await fire(alertname, instance, 1);
    await resolve(alertname, instance, 1);
    return fire(alertname, instance, 2);
  }

  const about = async (instance) =>
    (await chat.posts()).map((post) => plain(post.message)).filter((text) => text.includes(instance) && /is flapping|is calm again/.test(text));
  const told = (instance, pattern) => waitFor(async () => (await about(instance)).find((text) => pattern.test(text)),
      {what: `a message about ${instance} like ${pattern}`});
  const heldRun = (text) => text.match(/(R\d+) drill\.\w+ by rule [\w.]+: held/)[1];

  test('is held, told of once, and planned when somebody releases it (T33)', async () => {
    await flap('quick', 'shaky');
    const text = await told('shaky', /is flapping[^]*changed 3 times[^]*: held/);
    const run = heldRun(text);
    assert.equal((await bot.run(run)).state, 'held');
    await resolve('quick', 'shaky', 2);
    await fire('quick', 'shaky', 3);
    const later = await told('shaky', /changed 5 times[^]*: held/);
    assert.equal((await about('shaky')).length, 1, 'the message has changed');
    assert.equal((await bot.run(run)).state, 'cancelled');

    await chat.alice.say(`!release ${heldRun(later)}`);
    const plan = await chat.plan('shaky', 'waiting for approval');
    assert.match(plan.text, /asked for by alice/);
    await chat.bob.click(plan, 'approve');
    await chat.becomes(plan, 'succeeded');
    assert.equal(bot.ledger('shaky').length, 1);
  });

  test('is planned by itself when it has been quiet', async () => {
    await flap('slow', 'tired');
    await told('tired', /is calm again/);
    assert.equal((await about('tired')).length, 1);
    const plan = await chat.plan('tired', 'waiting for approval');
    await chat.alice.click(plan, 'deny');
    await chat.becomes(plan, 'denied');
  });

  test('explains itself', async () => {
    const {body} = await flap('quick', 'asked');
    await told('asked', /is flapping/);
    assert.match(await chat.carol.ask(`!why E${body.event}`), /flapping: 3 changes in 10m, the limit is 2/);
  });

  test('keeps its window when the bot is killed in the middle of the decision: one run, the same key (I4)', async () => {
    await bot.stop();
    await bot.restart({COUNTERSIGN_CRASH_AT: 'decide.before_commit'});
    await fire('repeatable', 'windowed', 1).catch(() => undefined);
    await bot.crashed();
    await bot.restart();
    const first = await fire('repeatable', 'windowed', 1);
    assert.equal(first.body.duplicate, true, 'it was stored');
    const plan = await chat.plan('windowed', 'waiting for approval');
    const second = await fire('repeatable', 'windowed', 2);
    const decision = await waitFor(async () => (await bot.trace(`E${second.body.event}`)).decisions.find((one) => one.verdict === 'duplicate'),
        {what: 'the second one to be a duplicate'});
    assert.equal(decision.detail.window.place, 2);
    assert.equal(decision.detail.window.opened_by, first.body.event);
    assert.equal((await bot.trace(`E${first.body.event}`)).runs.length, 1);
    assert.match(await chat.carol.ask(`!why E${second.body.event}`), new RegExp(`the 2nd of its leading window of 30m, joined ${plan.run}`));
  });

  test('and the record holds every invariant', () => assertInvariantsHold(bot));
});
