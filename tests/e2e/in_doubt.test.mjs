// The connection to the database is lost at a COMMIT: whether it took effect is not known. What was accepted is stored once, what was decided is
// decided once, and the action runs once, wherever it happens (I1, I3, I19; T56).
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {alert} from './support/alerts.mjs';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {endIdleLeases} from './support/clock.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {preparePostgres, query} from './support/postgres.mjs';
import {kCuts, startProxy} from './support/proxy.mjs';
import {waitFor} from './support/wait.mjs';

// The transactions by what they do.
const kOf = {
  accept: (tx) => tx.ran('accept'),
  decide: (tx) => tx.ran('finish_events'),
  vote: (tx) => tx.ran('add_vote'),
  intent: (tx) => tx.ran('add_attempt', 'intent'),
  outcome: (tx) => tx.ran('add_attempt', 'outcome'),
};

describe('a connection that is lost at COMMIT', () => {
  let database, server, proxy, sandbox, bot, chat;

  const sql = (text) => query(database.url, text);
  const count = async (from) => Number(await sql(`SELECT count(*) FROM ${from}`));

  before(async () => {
    database = await preparePostgres();
    server = await database.start();
    proxy = await startProxy(database);
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks(), databaseUrl: proxy.url});
    chat = bot.chat;
  });

  after(async () => {
    proxy?.heal();
    await bot?.stop();
    await sandbox?.stop();
    await proxy?.stop();
    server?.signal('SIGINT');
    await server?.wait();
  });

  // Until it is taken, as a sender does.
  const send = (instance) => waitFor(async () => {
    const answer = await bot.deliver(alert({alertname: 'quick', instance})).catch((error) => error);
    if (answer.status < 300) return answer;
    assert.equal(answer.status, 503, answer.text ?? String(answer));
    return false;
  }, {what: `the alert of ${instance} to be taken`});

  // A person who is told to press again does so.
  const approve = (plan) => waitFor(async () => {
    if (await sql(`SELECT state FROM cs.run WHERE run_id = ${plan.run.slice(1)}`) !== 'awaiting_approval') return true;
    await chat.alice.click(plan, 'approve').catch(() => undefined);
    return false;
  }, {what: `${plan.run} to be approved`});

  // Rests when nothing is under way and everything is said.
  const rested = (instance) => waitFor(async () => {
    await endIdleLeases(sql);
    const run = await sql(`SELECT state FROM cs.run WHERE target_key = '${instance}'`);
    return /^(succeeded|unknown)$/.test(run) && await count(`cs.outbox WHERE state IN ('queued', 'sending')`) === 0 && run;
  }, {what: `the run on ${instance} to rest`});

  // From the alert to the result. The run's state in the end.
  async function story(instance, plannedBefore) {
    const plan = plannedBefore ?? await planned(instance);
    await approve(plan);
    return rested(instance);
  }

  async function planned(instance) {
    await send(instance);
    return waitFor(async () => {
      await endIdleLeases(sql);
      return (await chat.plans()).find((plan) => plan.targets === instance && plan.state === 'waiting for approval');
    }, {what: `a plan on ${instance}`});
  }

  // One event, one run, one plan in the chat, and one effect, or a question about it.
  async function assertOnce(instance, state) {
    assert.equal(await count(`cs.event WHERE body #>> '{labels,instance}' = '${instance}'`), 1, `events of ${instance}`);
    const [starts, granted] = (await sql(`SELECT starts, granted FROM cs.run WHERE target_key = '${instance}'`)).split('|').map(Number);
    assert.deepEqual([starts, granted], [1, 1], `starts and grants of ${instance}`);
    assert.equal((await chat.plans()).filter((plan) => plan.targets === instance).length, 1, `plans of ${instance}`);
    const effects = bot.ledger(instance).length;
    if (state === 'succeeded') return assert.equal(effects, 1, `effects on ${instance}`);
    assert.ok(effects <= 1, `${effects} effects on ${instance}`);
    const plan = (await chat.plans()).find((one) => one.targets === instance);
    const asked = await chat.inThread(plan, /What happened to R\d+\?/);
    await chat.alice.click(asked, 'happened');
    await chat.becomes(plan, 'succeeded');
  }

  for (const where of kCuts.filter((one) => one !== 'late')) {
    test(`accept, ${where}: the sender who repeats what was not answered 2xx has one event (I1, I3)`, async () => {
      const fault = proxy.cut(where, {of: kOf.accept});
      const instance = `accept-${where}`;
      const answer = await send(instance);
      await fault.struck;
      assert.equal(await count(`cs.event WHERE event_id = ${answer.body.event}`), 1, 'a 2xx names a stored event');
      await assertOnce(instance, await story(instance, await planned(instance)));
    });

    for (const step of ['decide', 'vote', 'intent', 'outcome']) {
      test(`${step}, ${where}: it is done once`, async () => {
        const instance = `${step}-${where}`;
        const fault = proxy.cut(where, {of: kOf[step]});
        const state = await story(instance);
        await fault.struck;
        assert.equal(state, 'succeeded');
        await assertOnce(instance, state);
      });
    }
  }

  test('an intent whose COMMIT comes to the server only after the connection is lost is waited for, and acted upon once (I19)', async () => {
    const fault = proxy.cut('late', {of: kOf.intent});
    const plan = await planned('intent-late');
    await approve(plan);
    await fault.struck;
    await waitFor(async () => await count(`pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'countersign'`) > 0,
        {what: 'the bot to wait for what the transaction holds'});
    fault.release();
    assert.equal(await rested('intent-late'), 'succeeded', 'it knew that it had begun');
    await assertOnce('intent-late', 'succeeded');
    assert.equal(await sql(`SELECT string_agg(phase, ' ' ORDER BY attempt_id) FROM cs.attempt WHERE run_id = ${plan.run.slice(1)}`), 'intent outcome');
  });

  test('a decision whose COMMIT comes late makes one run (I2, I4)', async () => {
    const fault = proxy.cut('late', {of: kOf.decide});
    await send('decide-late');
    await fault.struck;
    fault.release();
    const state = await story('decide-late');
    await assertOnce('decide-late', state);
  });

  for (const where of ['before', 'answered']) {
    test(`the kth COMMIT of a whole story, ${where}, for every k: each ends with one effect (I19)`, async (t) => {
      let k = 1;
      for (let more = true; more; k += 1) {
        const instance = `kth-${where}-${k}`;
        const fault = proxy.cut(where, {of: changesSomething, nth: k});
        await assertOnce(instance, await story(instance));
        more = !fault.disarm();
      }
      t.diagnostic(`${k - 2} commits`);
      assert.ok(k > 12, `a story has more than ${k - 2} commits`);
    });
  }

  test('at any byte of what the database answers: each story ends with one effect', async () => {
    for (let byte = 1; byte < 12_000; byte = Math.ceil(byte * 2.5)) {
      const struck = proxy.cutAtByte(byte);
      const instance = `byte-${byte}`;
      await assertOnce(instance, await story(instance));
      await struck;
    }
  });

  test('a database that says nothing for a while: everything goes on once it speaks again', async () => {
    const plan = await planned('stalled');
    proxy.stall();
    const waiting = bot.deliver(alert({alertname: 'quick', instance: 'meanwhile'}));
    await chat.alice.react(plan, '+1');
    await waitFor(() => proxy.waiting > 2, {what: 'the bot to wait for its database'});
    proxy.flow();
    assert.ok((await waiting).status < 300);
    assert.equal(await rested('stalled'), 'succeeded');
    await assertOnce('stalled', 'succeeded');
    await assertOnce('meanwhile', await story('meanwhile'));
  });

  test('and after all that the record holds every invariant', () => assertInvariantsHold(bot));
});

// Not the polling of an idle bot, and not its upkeep; a claim that took something counts.
const kIdle = new Set(['claim_events', 'claim_planned', 'claim_ready', 'due_messages', 'due_approvals', 'lock_abandoned', 'heartbeat', 'hold_sender',
  'epoch_is_open', 'note_durability', 'drop_overtaken', 'sender_of', 'unsent', 'ping', 'now', 'queue_depth', 'queue_depth_up_to', 'lock_calm_series']);
function changesSomething(transaction) {
  return transaction.statements.some(({name, tag}) => !kIdle.has(name) || (/^claim/.test(name) && !/ 0$/.test(tag)));
}
