// The whole story of a high-impact plan in the demo: who has to agree, reminders, escalation, expiry, a world that
// changes before the start, standing approvals, and starting alone.
import assert from 'node:assert/strict';
import {existsSync, readFileSync, writeFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, afterEach, before, describe, test} from 'node:test';
import {startDemo} from './support/bot.mjs';
import {plain} from './support/chat.mjs';
import {query} from './support/postgres.mjs';
import {waitFor} from './support/wait.mjs';

describe('a high-impact plan in the demo', () => {
  let bot, chat;

  before(async () => {
    bot = await startDemo();
    chat = bot.chat;
    await chat.listen();
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
  });

  // Two of them an hour are all that the action allows.
  afterEach(() => query(bot.info.database_url, 'DELETE FROM cs.token_bucket'));

  const marker = (cluster) => join(bot.stateDir, 'demo', `${cluster}.primary`);
  const asked = async (who, cluster) => {
    await chat[who].say(`!remediate ops.failover_database cluster=${cluster} to=db-2`);
    return chat.plan(cluster, 'waiting for approval');
  };
  const says = (plan, pattern) => waitFor(async () => pattern.test(plain((await chat.post(plan.id)).message)), {what: `${plan.run} to say ${pattern}`});
  // What was asked is so much older: the database's clock itself cannot be moved here.
  const later = (plan, span) => query(bot.info.database_url, `
    UPDATE cs.approval SET created_at = created_at - interval '${span}', expires_at = expires_at - interval '${span}',
           notice_at = notice_at - interval '${span}', usable_until = usable_until - interval '${span}'
    WHERE run_id = ${plan.run.slice(1)} AND state IN ('pending', 'approved');
    UPDATE cs.run SET next_at = next_at - interval '${span}' WHERE run_id = ${plan.run.slice(1)}`);

  test('of production needs alice and carol, refuses the requester, and starts only after its pause (I8, T33)', async () => {
    const plan = await asked('bob', 'prod-orders');
    assert.match(plan.text, /1 person of sre \(@alice, @bob\) and 1 person of managers \(@carol\), not the requester/);
    await chat.bob.click(plan, 'approve');
    await chat.bob.heard(/You asked for this yourself/);
    await chat.alice.click(plan, 'approve');
    await says(plan, /approved so far: @alice; still missing: 1 of managers/);
    await chat.carol.click(plan, 'approve');
    await says(plan, /unless somebody withdraws it before/);
    assert.ok(!existsSync(marker('prod-orders')), 'it has not begun');
    await later(plan, '10 s');
    await chat.becomes(plan, 'succeeded');
    assert.equal(readFileSync(marker('prod-orders'), 'utf8'), 'db-2\n');
  });

  test('is void when what it would do has changed, and shows the difference (T31, I11)', async () => {
    const plan = await asked('bob', 'prod-stock');
    await chat.alice.click(plan, 'approve');
    await chat.carol.click(plan, 'approve');
    await says(plan, /unless somebody withdraws it before/);
    mkdirSync(join(bot.stateDir, 'demo'), {recursive: true});
    writeFileSync(marker('prod-stock'), 'db-7\n');
    await later(plan, '10 s');
    await chat.inThread(plan, /from unknown to db-2.*->.*from db-7 to db-2/s);
    const second = await chat.plan('prod-stock', 'waiting for approval');
    assert.notEqual(second.id, plan.id);
    assert.equal(readFileSync(marker('prod-stock'), 'utf8'), 'db-7\n', 'nothing ran');
    assert.deepEqual((await chat.becomes(plan, 'replaced by a newer plan')).buttons, []);
    await chat.alice.click(second, 'approve');
    await chat.carol.click(second, 'approve');
    await says(second, /unless somebody withdraws it before/);
    await later(second, '10 s');
    await chat.becomes(second, 'succeeded');
    const why = await chat.bob.ask(`!why ${plan.run}`);
    for (const part of [/Plan 1 .* needed .*: void/, /was not what had been approved/, /Plan 2 .*: consumed/, /alice approved by button/])
      assert.match(why, part);
  });

  test('reminds, asks others, and expires as neither yes nor no (I9)', async () => {
    const plan = await asked('carol', 'prod-mail');
    await chat.alice.click(plan, 'approve');
    await later(plan, '61 s');
    await chat.inThread(plan, /still waits for approval/);
    await later(plan, '2 min');
    await chat.inThread(plan, /still waits, so others are asked too/);
    await waitFor(async () => (await chat.posts(chat.info.channels['ops-prod'])).some((post) => /still waits, so others/.test(post.message)),
        {what: '#ops-prod to be told'});
    await later(plan, '2 min');
    const over = await chat.becomes(plan, 'expired');
    assert.match(over.text, /Expired is neither yes nor no: nothing ran/);
    assert.ok(!existsSync(marker('prod-mail')));
    await chat.bob.say(`!approve ${plan.run}`);
    await chat.bob.heard(/Too late/);
    const why = await chat.bob.ask(`!why ${plan.run}`);
    for (const part of [/People were reminded/, /Others were asked as well/, /Nobody decided in time/]) assert.match(why, part);
  });

  test('can be approved by whom the escalation asked', async () => {
    const plan = await asked('carol', 'prod-shop');
    await chat.alice.click(plan, 'approve');
    await later(plan, '3 min');
    await chat.inThread(plan, /so others are asked too/);
    await chat.bob.click(plan, 'approve');
    await says(plan, /unless somebody withdraws it before/);
    await chat.carol.say(`!cancel ${plan.run} not today`);
    await chat.becomes(plan, 'cancelled');
    assert.ok(!existsSync(marker('prod-shop')));
  });

  test('is started alone in an emergency, and another person has to look at it', async () => {
    const plan = await asked('alice', 'prod-pay');
    await chat.carol.say(`!break-glass ${plan.run} because I am the boss`);
    await chat.carol.heard(/Only sre may break the glass/);
    await chat.alice.say(`!break-glass ${plan.run} the primary is on fire`);
    const done = await chat.becomes(plan, 'succeeded');
    assert.match(done.text, /Approved by @alice .* alone, breaking the glass: the primary is on fire/);
    assert.match(await chat.bob.ask('!pending'), /B1 review of R\d+, started alone by @alice/);
    await chat.alice.say('!close B1 it was right');
    await chat.alice.heard(/somebody else has to look at it/);
    await chat.carol.say('!close B1 it was right');
    await chat.inThread(plan, /carol has closed the review B1: it was right/);
  });

  test('is one thing; a standing approval for small ones is another', async () => {
    await chat.alice.say('!standing restart_on_disk_full targets=web-* until=4h times=1');
    const question = await chat.plan('ops.restart_on_disk_full', 'waiting for approval');
    assert.match(question.text, /at most 1 time, until/);
    await chat.bob.click(question, 'approve');
    await chat.becomes(question, 'succeeded');
    await chat.inThread(question, /S1 is in force/);
    assert.match(await chat.carol.ask('!pending'), /S1 lets ops\.restart_on_disk_full start on web-\*, used 0 of 1 times/);
    await bot.alert({instance: 'web-1'});
    const ran = await chat.plan('web-1', 'succeeded');
    assert.match(ran.text, /by standing approval S1, used 1 of 1 times/);
    await bot.alert({instance: 'web-2'});
    await chat.plan('web-2', 'waiting for approval');
  });
});
