// kill -9 at the worst moments: what was accepted is not lost, what ran once does not run twice, and where the bot cannot know it asks.
// The chat is a process of its own here and lives on, as a real one would.
import assert from 'node:assert/strict';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {drillPacks, startDemo, startSandbox, startServe} from './support/bot.mjs';
import {buttonsOf, plain, planOf} from './support/chat.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {waitFor} from './support/wait.mjs';

const kSettle = ['happened', 'nothappened', 'rerun'];

describe('kill -9 of the bot', () => {
  let sandbox, bot, chat;

  before(async () => {
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks()});
    chat = bot.chat;
    await chat.listen();
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
    await sandbox?.stop();
  });

  // From here on the bot dies when it comes there.
  async function arm(point) {
    await bot.stop();
    await bot.restart({COUNTERSIGN_CRASH_AT: point});
  }

  // It dies as soon as it begins to speak in the chat, which may be before it is ready.
  async function diesAtStart(point) {
    await bot.stop();
    await bot.restart({COUNTERSIGN_CRASH_AT: point}).then(() => bot.crashed(), ({message}) => assert.match(message, /ended before it was ready/));
    await bot.restart();
  }

  async function afterwards() {
    await bot.crashed();
    await bot.restart();
  }

  // The door's answer, if the bot lived long enough to give one.
  const send = (alertname, instance) => bot.alert({alertname, instance}).catch(() => undefined);

  async function waitingPlan(alertname, instance) {
    await bot.alert({alertname, instance});
    return chat.plan(instance, 'waiting for approval');
  }

  // A click that may not be answered any more.
  const press = (person, post, action) => person.click(post, action).catch(() => undefined);

  const theOnly = async (target) => {
    const plans = (await chat.plans()).filter((plan) => plan.targets === target);
    assert.equal(plans.length, 1, `one message for ${target}`);
    return plans[0];
  };

  async function assertRanOnce(target, run) {
    assert.equal(bot.ledger(target).length, 1);
    const {state, attempts, starts, granted} = await bot.run(run);
    assert.equal(state, 'succeeded');
    assert.equal(starts, 1);
    assert.equal(granted, 1);
    return attempts;
  }

  // The question about what nobody can know, in the plan's thread.
  async function question(plan) {
    await chat.becomes(plan, 'outcome unknown');
    const post = await chat.inThread(plan, /What happened to R\d+\?/);
    assert.deepEqual(buttonsOf(post), kSettle);
    assert.match(plain(post.message), /cannot know whether it took effect/);
    assert.equal((await bot.run(plan.run)).state, 'unknown');
    return post;
  }

  test('between storing an event and answering its sender, who sends it again: one event, one run (I1, I3)', async () => {
    await arm('accept.after_commit');
    assert.equal(await send('quick', 'accepted'), undefined, 'the sender gets no answer');
    await afterwards();
    const again = await bot.alert({alertname: 'quick', instance: 'accepted'});
    assert.equal(again.status, 200);
    assert.equal(again.body.duplicate, true);
    const plan = await chat.plan('accepted', 'waiting for approval');
    await chat.alice.click(plan, 'approve');
    await chat.becomes(plan, 'succeeded');
    await assertRanOnce('accepted', plan.run);
    const {event, runs} = await bot.trace(again.body.correlation_id);
    assert.equal(event.id, again.body.event);
    assert.equal(runs.length, 1);
    await theOnly('accepted');
  });

  test('after the decision: the run exists once and is planned once (I2, I4)', async () => {
    await arm('decide.after_commit');
    await send('quick', 'decided');
    await afterwards();
    const {body} = await bot.alert({alertname: 'quick', instance: 'decided'});
    assert.equal(body.duplicate, true, 'it was stored before it was decided');
    const plan = await chat.plan('decided', 'waiting for approval');
    const {decisions, runs} = await bot.trace(`E${body.event}`);
    assert.equal(decisions.filter((one) => one.verdict === 'run_created').length, 1);
    assert.equal(runs.length, 1);
    await chat.bob.click(plan, 'approve');
    await chat.becomes(plan, 'succeeded');
    await assertRanOnce('decided', plan.run);
  });

  test('after planning: the plan is posted, once', async () => {
    await arm('plan.after_commit');
    await send('quick', 'planned');
    await afterwards();
    const plan = await chat.plan('planned', 'waiting for approval');
    await chat.settle();
    assert.equal((await theOnly('planned')).id, plan.id);
    await chat.alice.click(plan, 'approve');
    await chat.becomes(plan, 'succeeded');
    await assertRanOnce('planned', plan.run);
  });

  test('after a vote: the vote is kept and the action runs once (I10)', async () => {
    await arm('vote.after_commit');
    const plan = await waitingPlan('quick', 'voted');
    await press(chat.alice, plan, 'approve');
    await afterwards();
    const done = await chat.becomes(plan, 'succeeded');
    assert.match(done.text, /Approved by @alice/);
    await assertRanOnce('voted', plan.run);
    const {approvals: [approval]} = await bot.run(plan.run);
    assert.deepEqual(approval.votes.map(({name, counted}) => [name, counted]), [['alice', true]]);
  });

  test('after the claim, before the intent: nothing has begun, so it runs, once', async () => {
    await arm('claim.after_commit');
    const plan = await waitingPlan('quick', 'claimed');
    await press(chat.alice, plan, 'approve');
    await afterwards();
    await chat.becomes(plan, 'succeeded');
    await assertRanOnce('claimed', plan.run);
  });

  test('after the intent: nobody can know, so it asks and does not run it again (I5, I12)', async () => {
    await arm('intent.after_commit');
    const plan = await waitingPlan('quick', 'intended');
    await press(chat.alice, plan, 'approve');
    await afterwards();
    const asked = await question(plan);
    assert.deepEqual(bot.ledger('intended'), [], 'it did not run');

    await chat.carol.click(asked, 'happened');
    await chat.carol.heard(/Only somebody who may approve this action can say what became of it/);
    assert.equal((await bot.run(plan.run)).state, 'unknown');

    await chat.alice.click(asked, 'happened');
    const done = await chat.becomes(plan, 'succeeded');
    assert.deepEqual(done.buttons, []);
    await chat.inThread(plan, /alice says about R\d+: it happened/);
    assert.deepEqual(bot.ledger('intended'), []);
    const why = await chat.bob.ask('why?', {thread: plan.id});
    assert.match(why, /Result: succeeded, settled by alice: it happened/);

    await chat.bob.click(asked, 'rerun').catch(() => undefined);
    await chat.settle();
    assert.equal((await bot.run(plan.run)).state, 'succeeded', 'the question has one answer (I12)');
  });

  test('after the action, before its outcome is stored: it ran once, and the bot asks', async () => {
    await arm('act.after');
    const plan = await waitingPlan('quick', 'acted');
    await press(chat.alice, plan, 'approve');
    await afterwards();
    const asked = await question(plan);
    assert.equal(bot.ledger('acted').length, 1);
    assert.match(await chat.carol.ask('!pending'), new RegExp(`${plan.run} drill\\.quick on .*: outcome unknown, a person has to say what next`));
    await chat.bob.click(asked, 'nothappened');
    await chat.becomes(plan, 'failed');
    await chat.settle();
    assert.equal(bot.ledger('acted').length, 1);
    assert.deepEqual((await bot.run(plan.run)).attempts.map((one) => one.phase), ['intent']);
  });

  test('and "Run it again" is a new plan that needs a new approval and has a new key', async () => {
    await arm('act.after');
    const plan = await waitingPlan('quick', 'again');
    await press(chat.alice, plan, 'approve');
    await afterwards();
    const asked = await question(plan);
    await chat.alice.click(asked, 'rerun');
    const second = planOf(await chat.inThread(plan, /Plan R\d+: .*waiting for approval/));
    assert.equal(second.run, plan.run);
    await chat.becomes(plan, 'replaced by a newer plan');
    assert.equal(bot.ledger('again').length, 1);
    await chat.bob.click(second, 'approve');
    await chat.becomes(second, 'succeeded');
    const [first, next] = bot.ledger('again');
    assert.equal(bot.ledger('again').length, 2);
    assert.notEqual(first.key, next.key);
    const {starts, granted} = await bot.run(plan.run);
    assert.deepEqual([starts, granted], [2, 2]);
  });

  test('after the outcome is stored: it is known, and the message says so', async () => {
    await arm('outcome.after_commit');
    const plan = await waitingPlan('quick', 'known');
    await press(chat.alice, plan, 'approve');
    await afterwards();
    await chat.becomes(plan, 'succeeded');
    await chat.inThread(plan, /R\d+ drill\.quick succeeded/);
    const attempts = await assertRanOnce('known', plan.run);
    assert.deepEqual(attempts.map((one) => one.phase), ['intent', 'outcome']);
  });

  test('between sending a message and noting that it is sent: the plan is there once and works (I16)', async () => {
    await arm('outbox.after_send');
    await send('quick', 'sent');
    await afterwards();
    const plan = await chat.plan('sent', 'waiting for approval');
    // Its place in the chat is known to the bot when its Why works.
    await waitFor(async () => {
      await chat.bob.click(plan, 'why');
      return (await chat.thread(plan.id)).length > 1;
    }, {what: 'an answer in the thread'});
    await theOnly('sent');
    await chat.alice.click(plan, 'approve');
    await chat.becomes(plan, 'succeeded');
    await assertRanOnce('sent', plan.run);
  });

  // Whatever it was doing there is done again, or was done; nothing else is to be told from the outside.
  for (const [point, where] of Object.entries({
    'accept.before_commit': 'before an event is stored',
    'decide.claimed': 'before a decision',
    'decide.before_commit': 'in the middle of a decision',
    'plan.claimed': 'before planning',
    'plan.before_commit': 'in the middle of planning',
    'outbox.before_send': 'before a message is sent',
    'outbox.before_commit': 'in the middle of noting that a message is sent',
    'outbox.after_commit': 'after a message is sent and noted',
  })) {
    test(`${where}: one event, one plan in the chat, and it runs once (I1, I2, I4, I16)`, async () => {
      await arm(point);
      await send('quick', point);
      await afterwards();
      const {body} = await bot.alert({alertname: 'quick', instance: point});
      const plan = await chat.plan(point, 'waiting for approval');
      const {runs} = await bot.trace(`E${body.event}`);
      assert.equal(runs.length, 1);
      await chat.settle();
      await theOnly(point);
      await chat.alice.react(plan, '+1');
      await chat.becomes(plan, 'succeeded');
      await assertRanOnce(point, plan.run);
    });
  }

  for (const [point, where] of Object.entries({
    'vote.before_commit': 'in the middle of a vote',
    'claim.before_commit': 'in the middle of the claim',
    'intent.before_commit': 'in the middle of the intent',
  })) {
    test(`${where}: the vote counts once and the action runs once (I5, I10)`, async () => {
      await arm(point);
      const plan = await waitingPlan('quick', point);
      await chat.alice.react(plan, '+1');
      await afterwards();
      await chat.becomes(plan, 'succeeded');
      await assertRanOnce(point, plan.run);
      const {approvals: [approval]} = await bot.run(plan.run);
      assert.deepEqual(approval.votes.map(({name, counted}) => [name, counted]), [['alice', true]]);
    });
  }

  test('in the middle of storing the outcome: it ran once, and the bot asks (I12)', async () => {
    await arm('outcome.before_commit');
    const plan = await waitingPlan('quick', 'outcoming');
    await press(chat.alice, plan, 'approve');
    await afterwards();
    const asked = await question(plan);
    assert.equal(bot.ledger('outcoming').length, 1);
    await chat.alice.click(asked, 'happened');
    await chat.becomes(plan, 'succeeded');
  });

  for (const point of ['hold.before_commit', 'hold.after_commit']) {
    test(`at ${point}, when it takes over the chat: the next one speaks, once (I16)`, async () => {
      await diesAtStart(point);
      const plan = await waitingPlan('quick', point);
      await chat.settle();
      assert.equal((await theOnly(point)).id, plan.id);
      await chat.alice.click(plan, 'deny');
      await chat.becomes(plan, 'denied');
    });
  }

  for (const point of ['handover.before_commit', 'handover.after_commit']) {
    test(`at ${point}, when it hands the chat over: the next one speaks, once (I16)`, async () => {
      await arm(point);
      const plan = await waitingPlan('quick', point);
      bot.program.signal('SIGINT');
      await afterwards();
      await chat.settle();
      assert.equal((await theOnly(point)).id, plan.id);
      await chat.alice.click(plan, 'deny');
      await chat.becomes(plan, 'denied');
    });
  }

  for (const point of ['position.before_commit', 'position.after_commit']) {
    test(`at ${point}, when it notes how far it has heard: a command is obeyed once (I3)`, async () => {
      await arm(point);
      await chat.alice.say(`!remediate drill.quick host=${point}`);
      await afterwards();
      const plan = await chat.plan(point, 'waiting for approval');
      await chat.settle();
      assert.equal((await theOnly(point)).id, plan.id);
      await chat.alice.say(`!cancel ${plan.run}`);
      await chat.becomes(plan, 'cancelled');
    });
  }

  test('in the middle of an action that is not safe to repeat: it is not repeated (I12)', async () => {
    const plan = await waitingPlan('slow', 'midway');
    await chat.alice.click(plan, 'approve');
    await waitFor(() => bot.ledger('midway').length === 1, {what: 'the action to be under way'});
    await bot.kill9();
    await bot.restart();
    const asked = await question(plan);
    writeFileSync(join(bot.stateDir, 'demo', 'go-midway'), '');
    await chat.alice.click(asked, 'happened');
    await chat.becomes(plan, 'succeeded');
    assert.equal(bot.ledger('midway').length, 1);
  });

  test('in the middle of an idempotent action: it is repeated under the same key (I13)', async () => {
    const plan = await waitingPlan('repeatable', 'repeated');
    await chat.alice.click(plan, 'approve');
    await waitFor(() => bot.ledger('repeated').length === 1, {what: 'the action to be under way'});
    await bot.kill9();
    writeFileSync(join(bot.stateDir, 'demo', 'go-repeated'), '');
    await bot.restart();
    await chat.becomes(plan, 'succeeded');
    const runs = bot.ledger('repeated');
    assert.equal(runs.length, 2);
    assert.equal(runs[0].key, runs[1].key);
    const {attempts} = await bot.run(plan.run);
    assert.deepEqual(attempts.map(({attempt, phase}) => `${attempt} ${phase}`), ['1 intent', '2 intent', '2 outcome']);
  });

  test('a target whose last run is unknown takes no other run until a person has spoken (I14)', async () => {
    await arm('intent.after_commit');
    const first = await waitingPlan('quick', 'busy');
    await press(chat.alice, first, 'approve');
    await afterwards();
    const asked = await question(first);
    await chat.alice.say('!remediate drill.quick host=busy');
    const second = await chat.plan('busy', 'waiting for approval');
    await chat.alice.click(second, 'approve');
    await waitFor(async () => (await bot.run(second.run)).state === 'ready', {what: 'the second run to wait'});
    await chat.settle();
    assert.deepEqual(bot.ledger('busy'), []);
    await chat.alice.click(asked, 'nothappened');
    await chat.becomes(second, 'succeeded');
    assert.equal(bot.ledger('busy').length, 1);
  });

  test('and after all that the record holds every invariant', () => assertInvariantsHold(bot));
});

describe('kill -9 of the whole demo', () => {
  test('a plan that waited still waits, and is approved and explained after the next start', async () => {
    const bot = await startDemo();
    await bot.alert({instance: 'web-2'});
    const before = await bot.chat.plan('web-2', 'waiting for approval');
    const kept = join(bot.stateDir, 'sandbox.json');
    await waitFor(() => existsSync(kept) && readFileSync(kept, 'utf8').includes(before.id), {what: 'the chat to be on the disk'});
    await bot.kill9();
    await bot.restart();
    const plan = await bot.chat.plan('web-2', 'waiting for approval');
    assert.equal(plan.id, before.id);
    await bot.chat.alice.click(plan, 'approve');
    await bot.chat.becomes(plan, 'succeeded');
    assert.equal(bot.ledger('web-2').length, 1);
    assert.match(await bot.chat.bob.ask('why did this run?', {thread: plan.id}), /@alice approved by button/);
    await assertInvariantsHold(bot);
    await bot.stop();
  });
});
