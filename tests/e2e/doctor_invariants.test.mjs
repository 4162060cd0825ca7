// The doctor looks into a database that has been at work, and says whether it holds what is promised.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {startDemo} from './support/bot.mjs';
import {askDoctor, assertInvariantsHold} from './support/invariants.mjs';
import {run} from './support/program.mjs';
import {waitFor} from './support/wait.mjs';

const kNames = ['I2', 'I4', 'I5', 'I8', 'I10', 'I14', 'I17'];

describe('doctor --invariants', () => {
  let bot;

  before(async () => {
    bot = await startDemo();
  });

  after(async () => {
    await bot?.stop();
  });

  test('finds nothing after runs that were approved, refused and only read, and one that waits over a kill -9', async () => {
    const {chat} = bot;
    await bot.alert({instance: 'web-3'});
    await bot.alert({instance: 'web-3'});
    await chat.alice.click(await chat.plan('web-3', 'waiting for approval'), 'approve');
    await chat.plan('web-3', 'succeeded');
    await bot.alert({instance: 'web-2'});
    await chat.bob.click(await chat.plan('web-2', 'waiting for approval'), 'deny');
    await chat.plan('web-2', 'denied');
    await chat.carol.say('!remediate ops.disk_usage host=web-1');
    await chat.plan('web-1', 'succeeded', {action: 'disk_usage'});
    await chat.alice.say('!remediate ops.failover_database cluster=orders to=db-2');
    const waiting = await chat.plan('orders', 'waiting for approval');
    await chat.bob.click(waiting, 'approve');
    await assertInvariantsHold(bot);

    const kept = join(bot.stateDir, 'sandbox.json');
    await waitFor(() => existsSync(kept) && readFileSync(kept, 'utf8').includes(waiting.id), {what: 'the chat to be on the disk'});
    await bot.kill9();
    await bot.restart();
    await assertInvariantsHold(bot);
    await bot.chat.carol.click(waiting, 'approve');
    await bot.chat.becomes(waiting, 'succeeded');
    await assertInvariantsHold(bot);
  });

  test('says it in one line for each', async () => {
    const {code, stdout} = await askDoctor(bot, []);
    assert.equal(code, 0, stdout);
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(lines.map((line) => /^✓ (I\d+) +[A-Z].+\S$/.exec(line)?.[1]), kNames, stdout);
  });

  test('and says it to programs', async () => {
    const {report} = await askDoctor(bot);
    assert.deepEqual(Object.keys(report).sort(), ['invariants', 'ok', 'stopped']);
    assert.equal(report.stopped, '');
    assert.deepEqual(report.invariants.map(({name, violations, examples}) => ({name, violations, examples})),
        kNames.map((name) => ({name, violations: 0, examples: []})));
    for (const {promise} of report.invariants) assert.match(promise, /^[A-Z].+/);
  });

  test('names what is violated, with an example, and ends with 1', async () => {
    const {id} = (await bot.trace('R1')).event;
    const url = readFileSync(join(bot.stateDir, 'database_url'), 'utf8').trim();
    execFileSync('psql', ['--quiet', '--set=ON_ERROR_STOP=1', url, '--command=DELETE FROM cs.decision WHERE run_id = 1'], {cwd: '/'});
    const {code, report} = await askDoctor(bot);
    assert.equal(code, 1);
    assert.equal(report.ok, false);
    const {violations, examples} = report.invariants.find(({name}) => name === 'I2');
    assert.equal(violations, 1);
    assert.deepEqual(examples, [`E${id} is neither queued nor decided nor a dead letter`]);
    const spoken = await askDoctor(bot, []);
    assert.equal(spoken.code, 1);
    assert.match(spoken.stdout, new RegExp(`^✗ I2 .*: violated 1 times\n +E${id} is neither`, 'm'));
    assert.equal([...spoken.stdout.matchAll(/^✓ /gm)].length, 6, spoken.stdout);
  });

  test('ends with 2 where it cannot look', async () => {
    const broken = join(bot.stateDir, 'broken.yaml');
    writeFileSync(broken, 'server: {listen: nowhere}\n');
    assert.equal((await run(['doctor', '--invariants', '--config', broken])).code, 2);
    await bot.stop();
    const {code, report} = await askDoctor(bot);
    assert.equal(code, 2);
    assert.equal(report.ok, false);
    assert.match(report.stopped, /the database does not answer/);
    assert.deepEqual(report.invariants, []);
    await bot.restart();
  });
});
