// The demo in Slack: the same product, over Socket Mode and the Web API.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {startDemo} from './support/bot.mjs';
import {run} from './support/program.mjs';
import {Slack, textOf} from './support/slack.mjs';
import {waitFor} from './support/wait.mjs';

describe('the demo in Slack', () => {
  let bot, slack, plan;

  before(async () => {
    bot = await startDemo({chat: 'slack'});
    slack = new Slack(bot.info.slack);
  });

  after(() => bot?.stop());

  test('posts a plan for an alert, with buttons and a menu', async () => {
    await bot.alert({instance: 'web-3'});
    plan = await slack.plan('web-3', 'waiting for approval');
    assert.deepEqual(plan.buttons.map((id) => id.split('|')[0]), ['approve', 'deny', 'why', 'more']);
    assert.match(plan.text, /ops\.rotate_logs \(mutating\)/);
    assert.match(plan.text, /web-3: would rotate access\.log/);
  });

  test('tells a person without the role alone that the click does not count', async () => {
    await slack.carol.click(plan, 'approve');
    await slack.carol.heard(/may not approve this: it needs sre/);
    for (const other of [slack.alice, slack.bob]) assert.deepEqual((await other.seen()).messages ?? [], []);
    assert.deepEqual(bot.ledger(), []);
  });

  test('runs once on a click of alice and says so in the same message and its thread', async () => {
    await slack.alice.click(plan, 'approve');
    const done = await slack.becomes(plan, 'succeeded');
    assert.deepEqual(done.buttons, []);
    await slack.inThread(plan, /ops\.rotate_logs succeeded/);
    assert.equal(bot.ledger('web-3').length, 1);
  });

  test('answers why in the thread', async () => {
    await slack.bob.say('why did this run?', {thread: plan.ts});
    const why = textOf((await slack.inThread(plan, /Rule ops\.restart_on_disk_full matched/)).blocks);
    assert.match(why, /approved by button/);
    assert.match(why, /Result: succeeded/);
  });

  test('takes the slash command as a command, and a deny with its reason from a window', async () => {
    await slack.bob.slash('/countersign remediate ops.rotate_logs host=web-1');
    const asked = await slack.plan('web-1', 'waiting for approval');
    await slack.alice.click(asked, 'more', 'denywhy');
    const view = await slack.alice.view();
    const answer = await slack.alice.submit(view, {reason: 'the deploy is running'});
    assert.ok(answer.acked);
    const denied = await slack.becomes(asked, 'denied');
    assert.match(denied.text, /Denied by .*: the deploy is running/);
    assert.deepEqual(bot.ledger('web-1'), []);
  });

  test('makes a new plan of changed parameters; a value that does not fit is told at its field', async () => {
    await slack.bob.say('!remediate ops.rotate_logs host=web-1');
    const asked = await slack.plan('web-1', 'waiting for approval');
    await slack.alice.click(asked, 'more', 'edit');
    const view = await slack.alice.view();
    const refused = await slack.alice.submit(view, {host: 'no host!', keep: '3'});
    assert.equal(refused.response_action, 'errors', JSON.stringify(refused));
    assert.match(refused.errors.host, /host/);
    await slack.alice.submit(view, {host: 'web-2', keep: '3'});
    await slack.becomes(asked, 'replaced by a newer plan');
    const fresh = await waitFor(async () => {
      const all = (await slack.messages(asked.ts)).map((message) => ({message, text: textOf(message.blocks ?? [])}));
      return all.find(({message, text}) => message.ts !== asked.ts && /Plan R\d+: ops\.rotate_logs on web-2/.test(text));
    }, {what: 'the new plan in the thread'});
    assert.match(fresh.text, /changed by alice/);
    assert.deepEqual((await bot.run(asked.run)).approvals.map((one) => one.state), ['void', 'pending']);
  });

  test('counts an emoji as a vote, and its removal as withdrawn', async () => {
    await slack.carol.say('!remediate ops.failover_database cluster=orders to=db-2');
    const asked = await slack.plan('orders', 'waiting for approval');
    await slack.alice.react(asked, '+1');
    await waitFor(async () => (await bot.run(asked.run)).approvals[0].approvers.length === 1, {what: 'the vote'});
    await slack.alice.unreact(asked, '+1');
    await waitFor(async () => (await bot.run(asked.run)).approvals[0].approvers.length === 0, {what: 'its withdrawal'});
  });

  test('survives the loss of every connection: what was said meanwhile is heard', async () => {
    await slack.control('disconnect', {mode: 'abort'});
    await slack.bob.say('!remediate ops.disk_usage host=web-3');
    await slack.plan('web-3', 'succeeded');
  });
});

describe('the manifest', () => {
  test('is printed for pasting, and what to do next on stderr', async () => {
    const {code, stdout, stderr} = await run(['slack', 'manifest']);
    assert.equal(code, 0);
    assert.match(stdout, /socket_mode_enabled: true/);
    assert.match(stdout, /reactions:read/);
    assert.match(stderr, /connections:write/);
    const {stdout: json} = await run(['slack', 'manifest', '--json']);
    assert.equal(JSON.parse(json).settings.socket_mode_enabled, true);
  });
});
