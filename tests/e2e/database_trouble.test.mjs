// The database dies, or its disk is full: what was accepted is there afterwards, what was not stored was not answered 2xx, nothing runs twice, and
// nobody has to start the bot again (I1, T52).
import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {alert} from './support/alerts.mjs';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {noSmallDisk, preparePostgresOn, startSmallDisk} from './support/disk.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {query} from './support/postgres.mjs';
import {waitFor} from './support/wait.mjs';

describe('kill -9 of PostgreSQL', () => {
  let sandbox, bot;

  before(async () => {
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks()});
  });

  after(async () => {
    await bot?.stop();
    await sandbox?.stop();
  });

  const postmaster = () => Number(readFileSync(join(bot.stateDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);

  test('the bot starts it again; what was accepted is there, and what was not stored was not answered 2xx', async () => {
    const {chat} = bot;
    await bot.alert({alertname: 'quick', instance: 'before'});
    const plan = await chat.plan('before', 'waiting for approval');
    const killed = postmaster();
    process.kill(killed, 'SIGKILL');

    const statuses = [];
    const answer = await waitFor(async () => {
      const now = await bot.deliver(alert({alertname: 'quick', instance: 'meanwhile'}));
      statuses.push(now.status);
      return now.status < 300 && now;
    }, {what: 'the door to accept again'});
    for (const status of statuses.slice(0, -1)) assert.equal(status, 503, statuses.join(' '));
    assert.ok(!answer.body.duplicate, 'a 503 stored nothing');
    // The dead server's children may serve on for a moment, and what they take is stored: only then comes a new one.
    await waitFor(() => postmaster() !== killed, {what: 'a new server'});
    await bot.ready();

    await chat.alice.click(plan, 'approve');
    await chat.becomes(plan, 'succeeded');
    const second = await chat.plan('meanwhile', 'waiting for approval');
    await chat.bob.click(second, 'approve');
    await chat.becomes(second, 'succeeded');
    assert.equal(bot.ledger('before').length, 1);
    assert.equal(bot.ledger('meanwhile').length, 1);
    assert.equal((await bot.run(plan.run)).state, 'succeeded');
  });

  test('in the middle of an action: its outcome is stored once the database is back', async () => {
    const {chat} = bot;
    await bot.alert({alertname: 'slow', instance: 'under-way'});
    const plan = await chat.plan('under-way', 'waiting for approval');
    await chat.alice.click(plan, 'approve');
    await waitFor(() => bot.ledger('under-way').length === 1, {what: 'the action to be under way'});
    process.kill(postmaster(), 'SIGKILL');
    writeFileSync(join(bot.stateDir, 'demo', 'go-under-way'), '');
    await chat.becomes(plan, 'succeeded');
    assert.equal(bot.ledger('under-way').length, 1);
    const {state, attempts} = await bot.run(plan.run);
    assert.equal(state, 'succeeded');
    assert.deepEqual(attempts.map((one) => one.phase), ['intent', 'outcome']);
  });

  test('and after all that the record holds every invariant', () => assertInvariantsHold(bot));
});

describe('a disk that is full', {skip: noSmallDisk()}, () => {
  let disk, database, server, sandbox, bot, chat;
  const taken = [];    // answered 2xx
  const refused = [];

  const sql = (text) => query(database.url, text);
  // Each is some hundred kilobytes, which no compression makes small.
  const large = (instance) => alert({alertname: 'quick', instance, labels: {noise: randomBytes(100_000).toString('hex')}});

  before(async () => {
    disk = await startSmallDisk();
    database = await preparePostgresOn(disk);
    server = await database.start();
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks(), databaseUrl: database.url});
    chat = bot.chat;
  });

  after(async () => {
    disk?.makeRoom();
    await bot?.stop();
    await sandbox?.stop();
    server?.signal('SIGINT');
    await server?.wait();
    await disk?.stop();
  });

  // The server goes down where it cannot write its log; whoever keeps services starts it again.
  const serverIsUp = async () => {
    if (server.end) server = await database.start();
    return !server.end && await sql('SELECT 1').catch(() => '') === '1';
  };

  test('the door answers 503 and when to come again, and takes nothing that it cannot keep (I1)', async () => {
    await bot.alert({alertname: 'quick', instance: 'before'});
    await chat.plan('before', 'waiting for approval');
    disk.fill();
    await waitFor(async () => {
      const body = large(`large-${taken.length + refused.length}`);
      const answer = await bot.deliver(body);
      if (answer.status < 300) return !taken.push({body, event: answer.body.event});
      assert.equal(answer.status, 503, answer.text);
      refused.push(body);
      return refused.length >= 3;
    }, {what: 'the door to refuse'});
    const {url, bearer} = bot.info.sources.alerts;
    const answer = await fetch(url, {method: 'POST', body: JSON.stringify(refused[0]), headers: {Authorization: `Bearer ${bearer}`}});
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get('Retry-After') ?? '', /^\d+$/);
  });

  test('the log says why', () => {
    assert.match(bot.program.stderr, /No space left on device/);
  });

  test('with room again all goes on by itself: what was taken is there, what was refused is taken now, and each runs once', async () => {
    disk.makeRoom();
    await waitFor(serverIsUp, {what: 'PostgreSQL to be back'});
    await bot.ready();
    for (const {event} of taken) assert.equal(await sql(`SELECT count(*) FROM cs.event WHERE event_id = ${event}`), '1', `E${event} was taken`);
    for (const body of refused) await waitFor(async () => (await bot.deliver(body)).status < 300, {what: 'the door to take it'});
    const targets = ['before', ...[...taken.map(({body}) => body), ...refused].map(({commonLabels}) => commonLabels.instance)];
    for (const target of targets) {
      const plan = await chat.plan(target, 'waiting for approval');
      await chat.alice.react(plan, '+1');
      await chat.becomes(plan, 'succeeded');
      assert.equal(bot.ledger(target).length, 1);
    }
    assert.equal(await sql('SELECT count(*) FROM cs.event'), String(targets.length));
  });

  test('and after all that the record holds every invariant', () => assertInvariantsHold(bot));
});
