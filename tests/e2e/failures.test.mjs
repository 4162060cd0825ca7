// What a person sees when things fail: another try, a dead letter and what can be made of it, a breaker.
import assert from 'node:assert/strict';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {startSandbox, startServe} from './support/bot.mjs';
import {plain, planOf} from './support/chat.mjs';
import {run} from './support/program.mjs';
import {temporary} from './support/state.mjs';
import {waitFor} from './support/wait.mjs';

// Actions that fail until the file "up" lies in the demo's folder: one is tried twice, the other has a breaker.
function failingPacks() {
  const folder = join(temporary('packs'), 'packs');
  const pack = join(folder, 'weather');
  mkdirSync(join(pack, 'actions'), {recursive: true});
  writeFileSync(join(pack, 'pack.yaml'), 'name: weather\ndescription: Works when it is fine.\nversion: 1.0.0\n');
  writeFileSync(join(pack, 'actions', 'when_fine.sh'), `#!/bin/sh
demo=$COUNTERSIGN_STATE_DIR/demo
mkdir -p "$demo"
echo "$1 $2 $COUNTERSIGN_IDEMPOTENCY_KEY" >>"$demo/ledger"
if [ -e "$demo/up" ]; then echo "$2: done"; else echo "it rains" >&2; exit 1; fi
`, {mode: 0o755});
  const common = {runner_type: 'command', entry_point: 'when_fine.sh', targets: '{{ host }}', plan: 'none', timeout: '10s',
    parameters: {host: {type: 'string', required: true}}};
  const actions = {
    sail: {tier: 'mutating', idempotent: true, rate_limit: {limit: 100, per: '1h'},
      retry: {attempts: 2, base: '100ms', cap: '100ms', on: ['failed']}},
    look: {tier: 'read_only', breaker: {name: 'weather-station', failures: 2, open_for: '2s'}},
  };
  for (const [name, own] of Object.entries(actions)) {
    writeFileSync(join(pack, 'actions', `${name}.yaml`), JSON.stringify({name, ...common, ...own, args: [name, '{{ host }}']}));
  }
  return folder;
}

describe('when things fail', () => {
  let sandbox, bot, chat;

  before(async () => {
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: failingPacks()});
    chat = bot.chat;
    await chat.listen();
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
    await sandbox?.stop();
  });

  const weather = (fine) => {
    mkdirSync(join(bot.stateDir, 'demo'), {recursive: true});
    if (fine) writeFileSync(join(bot.stateDir, 'demo', 'up'), '');
    else rmSync(join(bot.stateDir, 'demo', 'up'), {force: true});
  };
  const cli = (...args) => run(['dead-letters', ...args, '--config', bot.config]);

  // A run that fails at both of its tries; the number of its dead letter.
  async function wrecked(host) {
    weather(false);
    await chat.alice.say(`!remediate weather.sail host=${host}`);
    const plan = await chat.plan(host, 'waiting for approval');
    await chat.bob.click(plan, 'approve');
    await chat.becomes(plan, 'gave up after its retries');
    const result = plain((await chat.inThread(plan, /gave up after its retries/)).message);
    assert.match(result, /Tried 2 times/);
    return {plan, letter: /!retry (D\d+) tries it again/.exec(result)[1]};
  }

  test('a run is tried as often as its action says, under one key, and why tells of each try (I13)', async () => {
    const {plan} = await wrecked('sloop');
    const tries = bot.ledger('sloop');
    assert.equal(tries.length, 2);
    assert.equal(new Set(tries.map((line) => JSON.stringify(line))).size, 1, 'the same key');
    const why = await chat.carol.ask(`!why ${plan.run}`);
    assert.match(why, /Try 1 started at .*Try 2 started at/s);
  });

  test('a dead run is listed, and tried again only as a new plan with a new approval; once (I5)', async () => {
    const {plan, letter} = await wrecked('ketch');
    assert.match(await chat.carol.ask('!dead-letters'), new RegExp(`${letter} run ${plan.run}: weather\\.sail`));
    weather(true);
    await chat.alice.say(`!retry ${letter} the sun is out`);
    const again = planOf(await chat.inThread(plan, /Plan R\d+: .*waiting for approval/));
    assert.equal(bot.ledger('ketch').length, 2, 'nothing ran on the old approval');
    await chat.bob.say(`!retry ${letter}`);
    await chat.bob.heard(new RegExp(`${letter} was already retried by @alice at .*: the sun is out`));
    await chat.bob.click(again, 'approve');
    await chat.becomes(again, 'succeeded');
    assert.equal(bot.ledger('ketch').length, 3);
    assert.doesNotMatch(await chat.carol.ask('!dead-letters'), new RegExp(letter));
  });

  test('the command line lists dead letters and puts one away, once, for somebody who holds a role', async () => {
    const {letter} = await wrecked('yawl');
    const listed = await cli('list', '--json');
    assert.equal(listed.code, 0, listed.stderr);
    assert.ok(JSON.parse(listed.stdout).some((one) => `D${one.id}` === letter && one.kind === 'run'));
    assert.match((await cli()).stdout, new RegExp(`^${letter} .*weather\\.sail`, 'm'));

    const stranger = await cli('discard', letter, '--as', 'mm:nobody');
    assert.equal(stranger.code, 1, stranger.stderr);
    const first = await cli('discard', letter, '--as', 'mm:bob', '--reason', 'scrapped');
    assert.equal(first.code, 0, first.stderr);
    const second = await cli('retry', letter, '--as', 'mm:alice');
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`${letter} was already discarded by @bob at .*: scrapped`));
    assert.equal((await cli('retry', 'nonsense', '--as', 'mm:alice')).code, 2);
  });

  test('a breaker opens, says so once, lets one run through and closes with its success', async () => {
    weather(false);
    const said = async (pattern) => (await chat.posts()).filter((post) => pattern.test(plain(post.message)));
    for (const host of ['north', 'south']) {
      await chat.alice.say(`!remediate weather.look host=${host}`);
      await chat.plan(host, 'failed');
    }
    for (const host of ['east', 'west']) await chat.alice.say(`!remediate weather.look host=${host}`);
    await waitFor(async () => (await said(/Breaker weather-station is open/)).length === 1, {what: 'the breaker to open'});
    weather(true);
    for (const host of ['east', 'west']) await chat.plan(host, 'succeeded');
    await waitFor(async () => (await said(/Breaker weather-station is closed again/)).length === 1, {what: 'the breaker to close'});
    assert.equal((await said(/Breaker weather-station is open/)).length, 1, 'told once');
  });
});
