// Rules and configuration that change under a running bot: at SIGHUP, and when a file of a pack changes.
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {copyOfPacks, startSandbox, startServe} from './support/bot.mjs';
import {plain, planOf} from './support/chat.mjs';
import {waitFor} from './support/wait.mjs';

describe('on SIGHUP', () => {
  let sandbox, bot, rule, good;

  before(async () => {
    sandbox = await startSandbox();
    const packs = copyOfPacks();
    rule = join(packs, 'ops', 'rules', 'rotate_logs_on_disk_full.yaml');
    good = readFileSync(rule, 'utf8');
    bot = await startServe({mattermost: sandbox.mattermost, packs});
  });

  after(async () => {
    await bot?.stop();
    await sandbox?.stop();
  });

  // Waits until the bot's log says it after what was there before.
  async function reload(expected) {
    const from = bot.program.stderr.length;
    bot.program.signal('SIGHUP');
    await waitFor(() => expected.test(bot.program.stderr.slice(from)), {what: `the log to say ${expected}`});
    return bot.program.stderr.slice(from);
  }

  test('a broken rule is refused by file, line and key, and the last good set stays in force', async () => {
    writeFileSync(rule, good.replace('type: equals, pattern: DiskAlmostFull', 'type: eqals, pattern: DiskAlmostFull'));
    const log = await reload(/the last good configuration stays in force/);
    assert.match(log, /rotate_logs_on_disk_full\.yaml:7: .*trigger\.labels\.alertname.*eqals.*equals/);
    await bot.alert({instance: 'web-1'});
    const plan = await bot.chat.plan('web-1', 'waiting for approval');
    await bot.chat.alice.click(plan, 'approve');
    await bot.chat.becomes(plan, 'succeeded');
    assert.equal(bot.ledger('web-1').length, 1);
  });

  test('a rule that is no YAML any more changes nothing either', async () => {
    writeFileSync(rule, good + '\n  - {unfinished: [\n');
    await reload(/the last good configuration stays in force/);
    await bot.alert({instance: 'web-2'});
    await bot.chat.plan('web-2', 'waiting for approval');
  });

  test('a good change is in force from then on', async () => {
    writeFileSync(rule, good.replace('labels.severity:  {type: equals, pattern: warning}', 'labels.severity: {type: equals, pattern: page}')
        .replace('labels.severity: {type: equals, pattern: warning}', 'labels.severity: {type: equals, pattern: page}'));
    await reload(/configuration and rules reloaded/);
    const {body} = await bot.alert({instance: 'web-3'});
    const decision = await waitFor(async () => (await bot.trace(`E${body.event}`)).decisions
        .find((one) => one.rule === 'ops.restart_on_disk_full'), {what: 'the decision'});
    assert.equal(decision.verdict, 'no_match');
    await bot.alert({instance: 'web-3', severity: 'page'});
    await bot.chat.plan('web-3', 'waiting for approval');
  });

  test('an action that changed after its approval was asked for is not run on the old votes (T31, I11)', async () => {
    const {chat} = bot;
    const plan = await chat.plan('web-2', 'waiting for approval');
    const script = join(rule, '..', '..', 'actions', 'rotate_logs.sh');
    writeFileSync(script, readFileSync(script, 'utf8').replace('nothing to rotate', 'nothing to turn over'));
    await reload(/configuration and rules reloaded/);
    await chat.alice.click(plan, 'approve');
    await chat.inThread(plan, /the plan is no longer what was approved, so the approval is void/);
    const again = planOf(await chat.inThread(plan, /Plan R\d+: .*waiting for approval/));
    assert.match(again.text, /nothing to turn over/);
    assert.deepEqual(again.buttons, ['approve', 'deny', 'why', 'more']);
    assert.deepEqual(bot.ledger('web-2'), []);
    const {plan_no, approvals} = await bot.run(plan.run);
    assert.equal(plan_no, 2);
    assert.deepEqual(approvals.map((one) => one.state), ['void', 'pending']);
    const old = await chat.becomes(plan, 'replaced by a newer plan');
    assert.deepEqual(old.buttons, []);
    await chat.bob.click(again, 'approve');
    await chat.becomes(again, 'succeeded');
    assert.equal(bot.ledger('web-2').length, 1);
  });
});

describe('when a file of a pack changes', () => {
  let sandbox, bot, rule, good;

  before(async () => {
    sandbox = await startSandbox();
    const packs = copyOfPacks();
    rule = join(packs, 'ops', 'rules', 'rotate_logs_on_disk_full.yaml');
    good = readFileSync(rule, 'utf8');
    bot = await startServe({mattermost: sandbox.mattermost, packs});
  });

  after(async () => {
    await bot?.stop();
    await sandbox?.stop();
  });

  const said = (pattern) => waitFor(async () => (await bot.chat.posts()).find((post) => pattern.test(plain(post.message))), {what: `#ops to be told ${pattern}`});
  const metric = async (line) => waitFor(async () => (await (await fetch(`${bot.info.server}/metrics`)).text()).includes(line), {what: line});

  test('the channel is told which line is wrong, and the metrics that older rules are in force', async () => {
    writeFileSync(rule, good.replace('type: equals, pattern: DiskAlmostFull', 'type: eqals, pattern: DiskAlmostFull'));
    const message = await said(/those loaded before stay in force/);
    assert.match(plain(message.message), /rotate_logs_on_disk_full\.yaml:7: .*eqals/);
    await metric('countersign_rules_stale 1');
    await bot.alert({instance: 'web-1'});
    await bot.chat.plan('web-1', 'waiting for approval');
  });

  test('a good one is in force by itself, and that is told as well', async () => {
    writeFileSync(rule, good.replace('pattern: warning', 'pattern: page'));
    await said(/The rules on disk are in force again/);
    await metric('countersign_rules_stale 0');
    await bot.alert({instance: 'web-2', severity: 'page'});
    await bot.chat.plan('web-2', 'waiting for approval');
  });
});
