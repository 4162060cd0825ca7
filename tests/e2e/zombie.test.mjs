// A process that is stopped in the middle of a run and goes on when its lease is long over, while another replica has taken care of it: nothing
// happens more often than people allowed, and what it still has to say counts only under the fence that is still the run's (I6, I7, I12, T54).
import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {planOf} from './support/chat.mjs';
import {endLeasesOf} from './support/clock.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {preparePostgres, query} from './support/postgres.mjs';
import {isStopped} from './support/processes.mjs';
import {waitFor} from './support/wait.mjs';

describe('a process that stops in the middle of a run', () => {
  let database, server, sandbox, zombie, other, chat;

  const sql = (text) => query(database.url, text);
  const stateOf = (plan) => sql(`SELECT state FROM cs.run WHERE run_id = ${plan.run.slice(1)}`);
  const becomes = (plan, state) => waitFor(async () => await stateOf(plan) === state, {what: `${plan.run} to be ${state}`});
  const effects = (target) => [zombie, other].flatMap((bot) => bot.ledger(target));

  before(async () => {
    database = await preparePostgres();
    server = await database.start();
    sandbox = await startSandbox();
    const packs = drillPacks();
    zombie = await startServe({mattermost: sandbox.mattermost, packs, databaseUrl: database.url});
    other = await startServe({mattermost: sandbox.mattermost, packs, databaseUrl: database.url});
    chat = zombie.chat;
  });

  after(async () => {
    for (const bot of [zombie, other]) if (bot && !bot.program.end) await bot.stop();
    await sandbox?.stop();
    server?.signal('SIGINT');
    await server?.wait();
  });

  // An action that waits does not wait there.
  function letGo(bot, target) {
    mkdirSync(join(bot.stateDir, 'demo'), {recursive: true});
    writeFileSync(join(bot.stateDir, 'demo', `go-${target}`), '');
  }

  // Approved while only the zombie-to-be is there; then the other one comes, and the leases of the first are over.
  async function stopAt(point, alertname, target) {
    for (const bot of [other, zombie]) if (!bot.program.end) await bot.stop();
    await zombie.restart({COUNTERSIGN_PAUSE_AT: point});
    letGo(zombie, target);
    await zombie.alert({alertname, instance: target});
    const plan = await chat.plan(target, 'waiting for approval');
    await chat.alice.react(plan, '+1');
    await waitFor(() => isStopped(zombie.program.pid), {what: `the process to stop at ${point}`});
    await other.restart();
    // A transaction that lies idle is ended by PostgreSQL, after 15 seconds.
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'`);
    await endLeasesOf(sql, readFileSync(join(zombie.stateDir, 'replica'), 'utf8').trim());
    return plan;
  }

  const wake = () => zombie.program.signal('SIGCONT');

  // Goes on, and has done what it was about to do when it has ended.
  async function wakeAndEnd() {
    wake();
    await zombie.ready();
    await chat.settle();
    await zombie.stop();
  }

  test('after its claim: the other one runs it, and it starts nothing when it wakes (I6)', async () => {
    const plan = await stopAt('claim.after_commit', 'quick', 'claimed');
    await becomes(plan, 'succeeded');
    await wakeAndEnd();
    assert.equal(effects('claimed').length, 1);
    assert.equal(await sql(`SELECT count(*) FROM cs.attempt WHERE run_id = ${plan.run.slice(1)}`), '2');
  });

  test('before its intent is committed: the other one runs it, and its own intent comes too late (I7)', async () => {
    const plan = await stopAt('intent.before_commit', 'quick', 'intending');
    await becomes(plan, 'succeeded');
    await wakeAndEnd();
    assert.equal(effects('intending').length, 1);
    assert.equal(await sql(`SELECT starts || ' ' || state FROM cs.run WHERE run_id = ${plan.run.slice(1)}`), '1 succeeded');
  });

  test('after its intent: people are asked, and its own late word under the same fence is the answer (I12)', async () => {
    const plan = await stopAt('intent.after_commit', 'quick', 'intended');
    await becomes(plan, 'unknown');
    await chat.inThread(plan, /What happened to R\d+\?/);
    wake();
    await becomes(plan, 'succeeded');
    assert.equal(effects('intended').length, 1);
  });

  test('after the act, and a person has ordered another run, which is under way: its late word changes nothing (I7, I11)', async () => {
    const plan = await stopAt('act.after', 'slow', 'acted');
    await becomes(plan, 'unknown');
    const asked = await chat.inThread(plan, /What happened to R\d+\?/);
    await chat.alice.click(asked, 'rerun');
    const second = planOf(await chat.inThread(plan, /Plan R\d+: .*waiting for approval/));
    await chat.bob.react(second, '+1');
    await waitFor(() => other.ledger('acted').length === 1, {what: 'the other run to be under way'});
    await wakeAndEnd();
    assert.equal(await stateOf(plan), 'executing', 'as if nothing had been said');
    letGo(other, 'acted');
    await becomes(plan, 'succeeded');
    assert.equal(effects('acted').length, 2, 'two grants, two effects');
    assert.equal(await sql(`SELECT count(*) FROM cs.attempt WHERE run_id = ${plan.run.slice(1)} AND phase = 'outcome'`), '1');
  });

  test('after an act that may be repeated: the other one repeats it under the same key, and its late word changes nothing (I7, I13)', async () => {
    letGo(other, 'repeated');
    const plan = await stopAt('act.after', 'repeatable', 'repeated');
    await becomes(plan, 'succeeded');
    await wakeAndEnd();
    const keys = effects('repeated').map(({key}) => key);
    assert.deepEqual(keys, [keys[0], keys[0]]);
    assert.equal(await sql(`SELECT string_agg(attempt || ' ' || phase, ', ' ORDER BY attempt_id) FROM cs.attempt WHERE run_id = ${plan.run.slice(1)}`),
        '1 intent, 2 intent, 2 outcome');
  });

  test('and after all that the record holds every invariant', () => assertInvariantsHold(other));
});
