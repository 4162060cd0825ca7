// A StackStorm rule, as it came, goes from dry run to live: replayed, explained, tested on what was recorded, promoted, and made dry again, from the
// chat alone; and the same on the command line.
import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {startDemo} from './support/bot.mjs';
import {plain} from './support/chat.mjs';
import {run} from './support/program.mjs';
import {waitFor} from './support/wait.mjs';

const kRule = 'remediation.auto_remediate_host_failure';
const failure = (host, status = 2) => ({client: {name: host}, check: {name: 'host_alive', status}});

describe('a rule on its way to be live', () => {
  let bot, chat, event, asked;

  before(async () => {
    bot = await startDemo();
    chat = bot.chat;
    await chat.listen();
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
  });

  const fails = async (host, status) => {
    const answer = await bot.deliver(failure(host, status), {source: 'sensu'});
    assert.equal(answer.status, 202, answer.text);
    return `E${answer.body.event}`;
  };
  const rules = (...words) => run(['rules', ...words, '--state-dir', bot.stateDir]);

  test('only shows what it would do', async () => {
    event = await fails('web-1');
    await chat.plan('web-1', 'dry run: would have run', {action: 'evacuate_and_notify'});
    assert.match(await chat.alice.ask('!rules remediation'), new RegExp(`${kRule} · dry run · `));
    assert.deepEqual(bot.ledger(), []);
  });

  test('says of a past event what it would do, and of one that it did not match why', async () => {
    const replayed = await chat.alice.ask(`!replay ${event}`);
    assert.match(replayed, new RegExp(`Rule ${kRule} matches`));
    assert.match(replayed, /the rule is a dry run: .*!promote .* asks for it to act/);
    const calm = await fails('web-1', 0);
    const whyNot = await chat.alice.ask(`!why-not auto_remediate_host_failure ${calm}`);
    assert.match(whyNot, /trigger\.check\.status equals 2, but the event says 0/);
    assert.match(whyNot, /1 of 2 criteria hold/);
    assert.deepEqual(bot.ledger(), []);
  });

  test('is tested on what was recorded, in the chat and on the command line', async () => {
    assert.match(await chat.alice.ask('!backtest auto_remediate_host_failure 1h'), /would run once/);
    const {stdout, code} = await rules('backtest', kRule, '--since', '1h');
    assert.equal(code, 0);
    assert.match(stdout, /matches 1 of 2 events\nwould run once/);
    const json = JSON.parse((await rules('backtest', kRule, '--json')).stdout);
    assert.deepEqual(json.rules[0].happenings.map(({targets, what}) => [targets, what]), [[['web-1'], 'run']]);
    const explained = await run(['rules', 'explain', '--event', event, '--config', `${bot.stateDir}/countersign.yaml`]);
    assert.match(explained.stdout, new RegExp(`Rule ${kRule} matches`));
  });

  test('is promoted by the people its runs would ask, who see the test', async () => {
    await chat.alice.say('!promote auto_remediate_host_failure');
    asked = await chat.plan(kRule, 'waiting for approval', {action: 'promote_rule'});
    assert.match(asked.text, /would run once/);
    assert.match(asked.text, /high_impact/);
    await chat.alice.click(asked, 'approve');
    await chat.alice.heard(/You asked for this yourself/);
    await chat.bob.click(asked, 'approve');
    await chat.carol.click(asked, 'approve');
    await chat.becomes(asked, 'succeeded');
    assert.match(await chat.alice.ask('!rules remediation'), new RegExp(`${kRule} · live · `));
  });

  test('acts from then on, after a plan and approvals like any other', async () => {
    await fails('web-2');
    const plan = await chat.plan('web-2', 'waiting for approval', {action: 'evacuate_and_notify'});
    assert.deepEqual(bot.ledger(), []);
    await chat.alice.click(plan, 'approve');
    await chat.bob.click(plan, 'approve');
    await chat.becomes(plan, 'succeeded');
    assert.deepEqual(bot.ledger().map(({target}) => target), ['web-2']);
  });

  test('is a dry run again when somebody says so, and can be asked for on the command line', async () => {
    assert.match(await chat.bob.ask('!demote auto_remediate_host_failure it was wrong'), /bob has made .* a dry run again: it was wrong/);
    assert.match(await chat.alice.ask('!rules remediation'), / · dry run · /);
    const {stdout, code} = await rules('promote', kRule, '--since', '1h', '--as', 'mm:alice', '--reason', 'it was right');
    assert.equal(code, 0, stdout);
    const id = /^(R\d+) asks for it/.exec(stdout)[1];
    await waitFor(async () => (await chat.plans()).find((plan) => plan.run === id && plan.state === 'waiting for approval'), {what: `the plan ${id}`});
    const refused = await rules('promote', kRule, '--since', '1h', '--as', 'mm:carolina', '--reason', 'x');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /carolina/);
  });

  test('leaves a record of who, when and for which content', async () => {
    const {stdout} = await run(['trace', asked.run, '--state-dir', bot.stateDir]);
    assert.match(plain(stdout), /rule\.promoted/);
  });
});
