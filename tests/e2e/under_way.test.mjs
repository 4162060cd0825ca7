// A run under way and what comes after it: its thread sees its last lines, a person stops it, it is checked and taken back.
import assert from 'node:assert/strict';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {startSandbox, startServe} from './support/bot.mjs';
import {buttonsOf, plain} from './support/chat.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {temporary} from './support/state.mjs';
import {waitFor} from './support/wait.mjs';

// `march` prints lines until the file "go-HOST" lies in the demo's folder; `build` is checked by `look`, which fails for "ruin", and
// taken back by `tear_down`.
function marchingPacks() {
  const folder = join(temporary('packs'), 'packs');
  const pack = join(folder, 'site');
  mkdirSync(join(pack, 'actions'), {recursive: true});
  writeFileSync(join(pack, 'pack.yaml'), 'name: site\ndescription: Work that takes a while.\nversion: 1.0.0\n');
  writeFileSync(join(pack, 'actions', 'work.sh'), `#!/bin/sh
demo=$COUNTERSIGN_STATE_DIR/demo
mkdir -p "$demo"
echo "$1 $2 $COUNTERSIGN_IDEMPOTENCY_KEY" >>"$demo/ledger"
case $1 in
  march)
    if [ "$2" = deaf ]; then trap '' TERM; fi
    n=0
    while [ ! -e "$demo/go-$2" ]; do n=$((n + 1)); echo "step $n"; sleep 0.2; done
    : >"$demo/arrived-$2" ;;
  look) test "$2" != ruin ;;
esac
`, {mode: 0o755});
  const common = {runner_type: 'command', entry_point: 'work.sh', targets: '{{ host }}', plan: 'none', timeout: '10m',
    parameters: {host: {type: 'string', required: true}}};
  const limit = {tier: 'mutating', rate_limit: {limit: 100, per: '1h'}, approval: {roles: ['sre']}};
  const actions = {
    march: limit,
    build: {...limit, verify: 'site.look', rollback: {action: 'site.tear_down', parameters: {host: '{{ host }}'}}},
    look: {tier: 'read_only'},
    tear_down: limit,
  };
  for (const [name, own] of Object.entries(actions)) {
    writeFileSync(join(pack, 'actions', `${name}.yaml`), JSON.stringify({name, ...common, ...own, args: [name, '{{ host }}']}));
  }
  return folder;
}

describe('a run under way', () => {
  let sandbox, bot, chat;

  before(async () => {
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: marchingPacks()});
    chat = bot.chat;
    await chat.listen();
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
    await sandbox?.stop();
  });

  async function running(action, host) {
    await chat.bob.say(`!remediate site.${action} host=${host}`);
    const plan = await chat.plan(host, 'waiting for approval', {action});
    await chat.alice.click(plan, 'approve');
    return plan;
  }
  const ledger = (action, host) => bot.ledger().filter((line) => line.action === action && line.target === host);

  test('shows its last lines in its thread, in one message that changes until it has ended', async () => {
    const plan = await running('march', 'road');
    const progress = await chat.inThread(plan, /R\d+ is running · \d/);
    const steps = (post) => Number(/step (\d+)\s*\S*$/.exec(plain(post.message).trim())?.[1] ?? 0);
    const first = steps(progress);
    assert.ok(first > 0, plain(progress.message));
    await waitFor(async () => steps(await chat.post(progress.id)) > first, {what: 'the message to change'});
    writeFileSync(join(bot.stateDir, 'demo', 'go-road'), '');
    await chat.becomes(plan, 'succeeded');
    await waitFor(async () => /has ended after/.test(plain((await chat.post(progress.id)).message)), {what: 'the progress to end'});
    const told = (await chat.thread(plan.id)).filter((post) => /is running|has ended/.test(plain(post.message)));
    assert.equal(told.length, 1, 'one message');
  });

  test('is stopped by the command of whoever asked for it; what came of it is asked, and it does not run again (I12)', async () => {
    const plan = await running('march', 'bridge');
    await chat.inThread(plan, /is running/);
    await chat.bob.say(`!cancel ${plan.run} the river rises`);
    await chat.inThread(plan, /bob stops R\d+: the river rises/);
    await chat.becomes(plan, 'outcome unknown');
    const question = await chat.inThread(plan, /What happened to R\d+\?/);
    assert.match(plain(question.message), /Stopped by .*: the river rises/);
    assert.deepEqual(buttonsOf(question), ['happened', 'nothappened', 'rerun']);
    assert.equal(ledger('march', 'bridge').length, 1);
    await chat.alice.click(question, 'nothappened');
    await chat.becomes(plan, 'failed');
  });

  test('that is deaf to SIGTERM is killed, with its whole group', async () => {
    const plan = await running('march', 'deaf');
    const shown = await chat.becomes(plan, 'running');
    await chat.inThread(plan, /is running/);
    assert.deepEqual(shown.buttons, ['stop']);
    await chat.alice.click(plan, 'stop');
    await chat.becomes(plan, 'outcome unknown');
    assert.equal(existsSync(join(bot.stateDir, 'demo', 'arrived-deaf')), false, 'it never came to its end');
    const {runs} = await bot.trace(plan.run);
    assert.equal(runs[0].stop.by.name, 'alice');
  });

  test('is not stopped by somebody who may not', async () => {
    const plan = await running('march', 'gate');
    await chat.becomes(plan, 'running');
    await chat.carol.say(`!cancel ${plan.run}`);
    await chat.carol.heard(/Only whoever asked for R\d+ or may approve it/);
    writeFileSync(join(bot.stateDir, 'demo', 'go-gate'), '');
    await chat.becomes(plan, 'succeeded');
  });

  test('is checked when it has succeeded, and the plan says so', async () => {
    const plan = await running('build', 'tower');
    await chat.inThread(plan, /R\d+, the check of R\d+, site\.look succeeded/);
    await waitFor(async () => /Check.*R\d+ site\.look succeeded/s.test(plain((await chat.post(plan.id)).message)
        + JSON.stringify((await chat.post(plan.id)).props)), {what: 'the plan to show its check'});
    assert.equal(ledger('tear_down', 'tower').length, 0);
  });

  test('that fails its check is offered to be taken back, which needs an approval of its own', async () => {
    const plan = await running('build', 'ruin');
    await chat.becomes(plan, 'succeeded, but its check failed');
    await chat.inThread(plan, /would take R\d+ back with site\.tear_down/);
    const offer = await chat.plan('ruin', 'waiting for approval', {action: 'tear_down'});
    assert.match(offer.text, /takes R\d+ back: R\d+, the check of R\d+, failed/);
    assert.equal(ledger('tear_down', 'ruin').length, 0, 'offered, not done');
    await chat.alice.click(offer, 'approve');
    await chat.becomes(offer, 'succeeded');
    assert.equal(ledger('tear_down', 'ruin').length, 1);
    assert.match(await chat.carol.ask(`!why ${offer.run}`), /takes it back because R\d+ failed/);
    await assertInvariantsHold(bot);
  });
});
