// SIGTERM: a replica takes nothing new, hands the chat over at once, and lets what it has begun finish, for a while.
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {startFleet} from './support/fleet.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {waitFor} from './support/wait.mjs';

describe('a replica that is told to end', () => {
  let fleet, chat;

  before(async () => {
    fleet = await startFleet();
    await fleet.start({args: ['--grace', '600']});
    await fleet.start({args: ['--grace', '600']});
    chat = fleet.chat;
  });

  after(() => fleet?.stop());

  // A run under way, and whose it is.
  async function acting(instance) {
    await fleet.deliver(instance, 0, 'slow');
    const plan = await chat.plan(instance, 'waiting for approval');
    await chat.bob.react(plan, '+1');
    await chat.becomes(plan, 'running');
    const worker = fleet.botOf(fleet.sql(`SELECT lease_owner FROM cs.run WHERE state = 'executing' AND target_key = '${instance}'`));
    assert.ok(worker, `nobody works on ${instance}`);
    return {plan, worker, other: fleet.bots.find((bot) => bot !== worker)};
  }
  const letGo = (worker, instance) => {
    mkdirSync(join(worker.stateDir, 'demo'), {recursive: true});
    writeFileSync(join(worker.stateDir, 'demo', `go-${instance}`), '');
  };
  const refuses = (bot) => waitFor(() => fetch(`${bot.info.server}/readyz`).then(() => false, () => true), {what: 'the door to be closed'});
  const speaker = () => fleet.sql(`SELECT replica FROM cs.chat_sender WHERE lease_until > clock_timestamp()`);
  async function endsWell(bot) {
    assert.deepEqual(await bot.program.wait(), {code: 0, signal: null}, bot.program.stderr.slice(-3000));
    bot.program.checkSanitizers();
  }

  test('finishes what it has begun, while the other one goes on with everything else (I1, I4, I16)', async () => {
    const {plan, worker, other} = await acting('patient');
    const flowing = fleet.deliverAll('flow-', 20);
    worker.program.signal('SIGTERM');
    await refuses(worker);
    await flowing;
    await waitFor(() => speaker() === fleet.replicaOf(other), {what: 'the other one to speak'});
    await fleet.eachRunsOnce('flow-', 20);
    assert.equal(worker.program.end, undefined, 'it ended before its run did');
    letGo(worker, 'patient');
    await chat.becomes(plan, 'succeeded');
    await endsWell(worker);
    assert.equal(worker.ledger('patient').length, 1);
    await worker.restart();
  });

  test('does not wait any longer when it is told so again: people are asked what came of it (I12)', async () => {
    const {plan, worker, other} = await acting('urgent');
    worker.program.signal('SIGTERM');
    await refuses(worker);
    worker.program.signal('SIGTERM');
    await endsWell(worker);
    await chat.becomes(plan, 'outcome unknown');
    await chat.inThread(plan, /What happened to R\d+\?/);
    assert.equal(fleet.bots.flatMap((bot) => bot.ledger('urgent')).length, 1);
    assert.equal(speaker(), fleet.replicaOf(other));
    await worker.restart();
  });

  test('leaves at once when it has nothing to finish, and is not listed any more', async () => {
    const [first, second] = fleet.bots;
    first.program.signal('SIGTERM');
    await endsWell(first);
    const listed = fleet.sql(`SELECT count(*) FROM cs.replica WHERE heartbeat_at > clock_timestamp() - interval '10 s'`);
    assert.equal(listed, '1');
    await fleet.deliverAll('alone-', 4);
    await fleet.eachRunsOnce('alone-', 4);
    await assertInvariantsHold(second);
  });
});
