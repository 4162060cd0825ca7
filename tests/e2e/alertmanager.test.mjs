// The real Alertmanager of Debian sends its own messages to the door.
import assert from 'node:assert/strict';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {startDemo} from './support/bot.mjs';
import {Program} from './support/program.mjs';
import {freePort, temporary} from './support/state.mjs';
import {waitFor} from './support/wait.mjs';

const kProgram = '/usr/bin/prometheus-alertmanager';

async function startAlertmanager({url, bearer}) {
  const folder = temporary('alertmanager');
  const config = join(folder, 'alertmanager.yml');
  mkdirSync(join(folder, 'data'));
  writeFileSync(config, JSON.stringify({
    route: {receiver: 'countersign', group_by: ['alertname', 'instance'], group_wait: '0s', group_interval: '1s', repeat_interval: '1h'},
    receivers: [{name: 'countersign', webhook_configs: [{
      url, send_resolved: true, http_config: {authorization: {type: 'Bearer', credentials: bearer}}}]}],
  }));
  const address = `127.0.0.1:${await freePort()}`;
  const program = new Program([`--config.file=${config}`, `--storage.path=${join(folder, 'data')}`, `--web.listen-address=${address}`,
    '--cluster.listen-address='], {file: kProgram});
  await waitFor(async () => (await fetch(`http://${address}/-/ready`)).ok, {what: 'Alertmanager to be ready'});
  const post = async (alert) => {
    const answer = await fetch(`http://${address}/api/v2/alerts`, {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify([alert])});
    assert.equal(answer.status, 200, await answer.text());
  };
  return {program, post};
}

describe('Alertmanager', {skip: existsSync(kProgram) ? false : `${kProgram} is not installed`}, () => {
  const labels = {alertname: 'DiskAlmostFull', severity: 'warning', instance: 'web-3'};
  const annotations = {summary: 'disk of web-3 is 91% full'};
  const startsAt = new Date(Date.now() - 60_000).toISOString();
  let bot, chat, alertmanager, plan;

  // The events that the door has taken from Alertmanager so far, oldest first. Their numbers may have gaps.
  async function events() {
    const all = [];
    for (let id = 1, missing = 0; missing < 3; ++id) {
      const chain = await bot.trace(`E${id}`).catch(() => undefined);
      missing = chain ? 0 : missing + 1;
      if (chain?.event.source === 'alerts') all.push(chain);
    }
    return all;
  }

  before(async () => {
    bot = await startDemo();
    chat = bot.chat;
    alertmanager = await startAlertmanager(bot.info.sources.alerts);
  });

  after(async () => {
    alertmanager?.program.signal('SIGTERM');
    await alertmanager?.program.wait();
    await bot?.stop();
  });

  test('fires at the door, and the plan is approved and runs', async () => {
    await alertmanager.post({labels, annotations, startsAt, generatorURL: 'http://prometheus.example.com/graph'});
    plan = await chat.plan('web-3', 'waiting for approval');
    assert.match(plan.text, /rule ops\.restart_on_disk_full matched event E\d+ \(DiskAlmostFull\)/);
    await chat.bob.click(plan, 'approve');
    await chat.becomes(plan, 'succeeded');
    assert.equal(bot.ledger('web-3').length, 1);
  });

  test('is recorded with its labels, its fingerprint and its annotations', async () => {
    const {event} = await bot.trace(plan.trace);
    assert.equal(event.trigger, 'prometheus.alert');
    assert.equal(event.status, 'firing');
    assert.deepEqual(event.body.labels, labels);
    assert.deepEqual(event.body.annotations, annotations);
    assert.match(event.body.fingerprint, /^[0-9a-f]{16}$/);
  });

  test('resolves, which is recorded, explained and runs nothing', async () => {
    await alertmanager.post({labels, annotations, startsAt, endsAt: new Date(Date.now() - 1000).toISOString()});
    const resolved = await waitFor(async () => (await events()).find(({event, decisions}) => event.status === 'resolved' && decisions.length),
        {what: 'the resolve'});
    const decision = resolved.decisions.find((one) => one.rule === 'ops.restart_on_disk_full');
    assert.equal(decision.verdict, 'no_match');
    assert.equal(decision.detail.why, 'resolved');
    assert.deepEqual(resolved.runs, []);
    assert.equal((await chat.plans()).length, 1);
    assert.equal(bot.ledger().length, 1);
    assert.match(await chat.alice.ask(`!why-not E${resolved.event.id}`), /resolved/);
  });

  test('resolves before anybody has decided, and the plan is cancelled', async () => {
    const other = {...labels, instance: 'web-1'};
    await alertmanager.post({labels: other, annotations, startsAt});
    const waiting = await chat.plan('web-1', 'waiting for approval');
    await alertmanager.post({labels: other, annotations, startsAt, endsAt: new Date(Date.now() - 1000).toISOString()});
    const cancelled = await chat.becomes(waiting, 'cancelled');
    assert.deepEqual(cancelled.buttons, []);
    await chat.inThread(waiting, /the alert was resolved by event E\d+/);
    assert.deepEqual(bot.ledger('web-1'), []);
  });
});
