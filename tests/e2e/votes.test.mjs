// Who may decide, how, and what people can ask for in the chat.
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {startDemo} from './support/bot.mjs';
import {plain} from './support/chat.mjs';
import {waitFor} from './support/wait.mjs';

describe('people in the chat', () => {
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

  // Until the message itself says it.
  function says(plan, pattern) {
    return waitFor(async () => {
      const text = plain((await chat.post(plan.id)).message);
      if (pattern.test(text)) return text;
      throw new Error(text);
    }, {what: `${plan.run} to say ${pattern}`});
  }

  test('get help, with the actions they can ask for', async () => {
    const help = await chat.alice.ask('!help');
    for (const verb of ['remediate', 'approve', 'deny', 'cancel', 'why', 'status', 'pending']) assert.ok(help.includes(`!${verb}`), verb);
    const actions = await chat.alice.ask('!help remediate');
    assert.match(actions, /ops\.rotate_logs host=/);
    assert.match(actions, /ops\.failover_database .* · high_impact/);
    assert.match(await chat.bob.ask('!help deny'), /!deny \[ID\] \[reason\]/);
  });

  test('who mistype a command are told the nearest one, and nobody else is', async () => {
    const said = await chat.alice.say('!aprove');
    const told = await chat.alice.heard(/do not know !aprove/);
    assert.match(told, /Did you mean !approve\?/);
    assert.equal((await chat.thread(said.id)).length, 1, 'no answer in the channel');
    for (const other of [chat.bob, chat.carol]) assert.deepEqual(await other.whispers(), []);
  });

  test('who name no action, a wrong one or a wrong parameter are told what is right', async () => {
    await chat.bob.say('!remediate ops.rotate_log host=web-1');
    await chat.bob.heard(/no action ops\.rotate_log\..*Did you mean ops\.rotate_logs\?/);
    await chat.bob.say('!remediate ops.rotate_logs hots=web-1');
    await chat.bob.heard(/ops\.rotate_logs: .*(hots|host)/);
    await chat.bob.say('!remediate ops.rotate_logs host="web-1; reboot"');
    await chat.bob.heard(/ops\.rotate_logs: .*host/);
    assert.deepEqual(await chat.plans(), []);
  });

  test('look things up without asking anybody', async () => {
    await chat.carol.say('!remediate ops.disk_usage host=web-1');
    const plan = await chat.plan('web-1', 'succeeded', {action: 'disk_usage'});
    assert.deepEqual(plan.buttons, []);
    const result = await chat.inThread(plan, /ops\.disk_usage succeeded/);
    assert.match(plain(result.message), /\d+ {2}access\.log/);
  });

  test('approve their own request where the tier allows it, by command in the thread', async () => {
    await chat.alice.say('!remediate rotate_logs host=web-3 keep=2');
    const plan = await chat.plan('web-3', 'waiting for approval');
    assert.match(plan.text, /asked for by alice/);
    await chat.alice.say('!approve looks harmless', {thread: plan.id});
    const done = await chat.becomes(plan, 'succeeded');
    assert.match(done.text, /Approved by @alice at .*: looks harmless/);
    assert.equal(bot.ledger('web-3').length, 1);
  });

  test('deny with one vote, and then nothing runs', async () => {
    await chat.alice.say('!remediate ops.rotate_logs host=web-2');
    const plan = await chat.plan('web-2', 'waiting for approval');
    await chat.bob.click(plan, 'deny');
    const done = await chat.becomes(plan, 'denied');
    assert.deepEqual(done.buttons, []);
    assert.match(done.text, /Denied by @bob at/);
    await chat.alice.say(`!approve ${plan.run}`);
    await chat.alice.heard(/Too late: this plan is already denied/);
    assert.deepEqual(bot.ledger('web-2'), []);
  });

  test('approve with an emoji', async () => {
    await chat.alice.say('!remediate ops.rotate_logs host=web-1');
    const plan = await chat.plan('web-1', 'waiting for approval', {action: 'rotate_logs'});
    await chat.bob.react(plan, 'white_check_mark');
    const done = await chat.becomes(plan, 'succeeded');
    assert.match(done.text, /Approved by @bob/);
    const {approvals: [approval]} = await bot.run(plan.run);
    assert.deepEqual(approval.votes.map(({name, via, counted}) => [name, via, counted]), [['bob', 'emoji', true]]);
    assert.equal(bot.ledger('web-1').length, 1);
  });

  test('need two for a high-impact action, the requester is none of them, and a vote taken back does not count (I8)', async () => {
    await chat.alice.say('!remediate ops.failover_database cluster=orders to=db-2');
    const plan = await chat.plan('orders', 'waiting for approval');
    assert.match(plan.text, /ops\.failover_database \(high_impact\)/);
    assert.match(plan.text, /2 people of managers, sre .*, not the requester; approved so far: nobody; still missing: 2/);
    assert.match(plan.text, /orders: primary would change from unknown to db-2/);

    await chat.alice.click(plan, 'approve');
    await chat.alice.heard(/You asked for this yourself; somebody else has to approve it/);

    await chat.bob.react(plan, 'white_check_mark');
    await says(plan, /approved so far: @bob; still missing: 1/);
    await chat.bob.unreact(plan, 'white_check_mark');
    await says(plan, /approved so far: nobody; still missing: 2/);

    await chat.carol.click(plan, 'approve');
    await says(plan, /approved so far: @carol; still missing: 1/);
    await chat.carol.click(plan, 'approve');
    await chat.carol.heard(/Your approval is already counted/);
    assert.equal((await bot.run(plan.run)).state, 'awaiting_approval');
    assert.ok(!existsSync(join(bot.stateDir, 'demo', 'orders.primary')), 'one approval is not enough');

    await chat.bob.click(plan, 'approve');
    const done = await chat.becomes(plan, 'succeeded');
    assert.match(done.text, /Approval withdrawn by @bob/);
    assert.equal(readFileSync(join(bot.stateDir, 'demo', 'orders.primary'), 'utf8'), 'db-2\n');
    assert.equal(bot.ledger('orders').length, 1);
    const {approvals: [approval]} = await bot.run(plan.run);
    assert.equal(approval.state, 'consumed');
    assert.equal(approval.approvers.length, 2);
  });

  test('see what waits for whom and what is going on, and cancel what they asked for', async () => {
    await chat.alice.say('!remediate ops.rotate_logs host=web-2');
    const plan = await chat.plan('web-2', 'waiting for approval');
    assert.match(await chat.carol.ask('!pending'), new RegExp(`${plan.run} ops\\.rotate_logs on web-2: 1 more of managers or sre`));
    const status = await chat.carol.ask('!status');
    assert.match(status, /1 waiting for approval/);
    assert.match(status, /\d succeeded/);
    assert.ok(status.includes(`${plan.run} ops.rotate_logs on web-2: 1 more of`), status);

    await chat.alice.say('!cancel changed my mind', {thread: plan.id});
    const done = await chat.becomes(plan, 'cancelled');
    assert.deepEqual(done.buttons, []);
    await chat.inThread(plan, /is cancelled: changed my mind/);
    assert.match(await chat.carol.ask('!pending'), /Nothing waits for anybody/);
    assert.deepEqual(bot.ledger('web-2'), []);
  });

  test('ask with the Why button, and the answer comes into the thread', async () => {
    await chat.alice.say('!remediate ops.rotate_logs host=web-2');
    const plan = await chat.plan('web-2', 'waiting for approval');
    await chat.carol.click(plan, 'why');
    const answer = await chat.inThread(plan, /typed: !remediate ops\.rotate_logs host=web-2/);
    assert.match(plain(answer.message), /asked for by @alice/);
    await chat.bob.say(`!deny ${plan.run} enough for today`);
    await chat.becomes(plan, 'denied');
  });

  test('are not obeyed when they edit a message into a command, nor is a bot, the bot itself included', async () => {
    const before = (await chat.plans()).length;
    const harmless = await chat.alice.say('good morning');
    await chat.alice.call('PUT', `/posts/${harmless.id}/patch`, {message: '!remediate ops.rotate_logs host=web-2'});
    const {bot: self} = chat.info;
    const response = await fetch(`${chat.info.base_url}/api/v4/posts`, {
      method: 'POST', headers: {'Authorization': `Bearer ${self.token}`, 'Content-Type': 'application/json'},
      body: JSON.stringify({channel_id: chat.ops, message: '!remediate ops.rotate_logs host=web-2'}),
    });
    assert.equal(response.status, 201);
    await chat.settle();
    assert.equal((await chat.plans()).length, before);
  });
});
