// From an alert at the door to the answer to "why did this run?", on the demo as a newcomer starts it.
import assert from 'node:assert/strict';
import {existsSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {alert, deliver} from './support/alerts.mjs';
import {startDemo} from './support/bot.mjs';
import {buttonsOf, plain} from './support/chat.mjs';
import {run} from './support/program.mjs';
import {waitFor} from './support/wait.mjs';

const kTraceId = /^[0-9a-f]{32}$/;

describe('an alert at the door of the demo', () => {
  let bot, chat, accepted, plan;

  before(async () => {
    bot = await startDemo();
    chat = bot.chat;
    await chat.listen();
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
  });

  test('is answered 202 with its event and its correlation id', async () => {
    const answer = await bot.alert({instance: 'web-3'});
    assert.equal(answer.status, 202, answer.text);
    accepted = answer.body;
    assert.ok(Number.isInteger(accepted.event) && accepted.event > 0, answer.text);
    assert.match(accepted.correlation_id, kTraceId);
    assert.equal(accepted.duplicate, false);
  });

  test('becomes one plan in #ops that says what, where, why and who may approve it', async () => {
    plan = await chat.plan('web-3', 'waiting for approval');
    assert.equal(plan.action, 'ops.rotate_logs');
    assert.deepEqual(plan.buttons, ['approve', 'deny', 'why', 'more']);
    assert.equal(plan.post.root_id, '');
    assert.match(plan.text, /Action: ops\.rotate_logs \(mutating\)/);
    assert.match(plan.text, /Parameters: .*host=web-3/);
    assert.match(plan.text, new RegExp(`rule ops\\.restart_on_disk_full matched event E${accepted.event} \\(DiskAlmostFull\\)`));
    assert.match(plan.text, /1 person of sre \(@alice, @bob\); approved so far: nobody; still missing: 1/);
    assert.match(plan.text, /web-3: would rotate access\.log to access\.log\.1/);
    assert.match(plan.text, /Expires: \d{4}-\d\d-\d\d/);
    assert.equal(plan.trace, accepted.correlation_id);
    assert.deepEqual(bot.ledger(), [], 'nothing runs before anybody approved');
  });

  test('does not run because somebody without the role clicks, who alone is told why', async () => {
    const before = await chat.post(plan.id);
    await chat.carol.click(plan, 'approve');
    await chat.carol.heard(/may not approve this: it needs sre/);
    const now = await chat.post(plan.id);
    assert.equal(now.message, before.message);
    assert.equal(now.update_at, before.update_at);
    for (const other of [chat.alice, chat.bob]) assert.deepEqual(await other.whispers(), []);
    const {approvals: [approval], state} = await bot.run(plan.run);
    assert.equal(state, 'awaiting_approval');
    assert.deepEqual(approval.approvers, []);
    assert.deepEqual(approval.votes.map(({name, counted, why}) => [name, counted, why]), [['carol', false, 'not_eligible']]);
    assert.deepEqual(bot.ledger(), []);
  });

  test('runs once when alice approves, and the same message changes in place', async () => {
    await chat.alice.click(plan, 'approve');
    const done = await chat.becomes(plan, 'succeeded');
    assert.deepEqual(done.buttons, []);
    assert.match(done.text, /Approved by @alice at \d{4}-/);
    assert.equal((await chat.plans()).filter((one) => one.run === plan.run).length, 1);
    assert.equal(bot.ledger().length, 1);
    assert.deepEqual([bot.ledger()[0].action, bot.ledger()[0].target], ['rotate_logs', 'web-3']);
    for (const name of ['access.log', 'app.log', 'error.log']) {
      const log = join(bot.stateDir, 'demo', 'web-3', name);
      assert.equal(statSync(log).size, 0, `${name} is fresh`);
      assert.match(readFileSync(`${log}.1`, 'utf8'), /web-3 line 200/);
      assert.ok(!existsSync(`${log}.2`), `${name} was rotated once`);
    }
  });

  test('leaves its result in the thread of the plan', async () => {
    const result = await chat.inThread(plan, /R\d+ ops\.rotate_logs succeeded/);
    assert.match(plain(result.message), /web-3: rotated access\.log to access\.log\.1/);
  });

  test('takes no second click: too late, says the bot to the clicker alone', async () => {
    await assert.rejects(chat.bob.click(plan, 'approve'), /Invalid action id|404/);
    assert.equal(bot.ledger().length, 1);
  });

  test('explains why this ran: event, rule, criteria, people, tries, result, trace', async () => {
    const why = await chat.bob.ask('why did this run?', {thread: plan.id});
    assert.match(why, new RegExp(`E${accepted.event} prometheus\\.alert DiskAlmostFull came from alerts`));
    assert.match(why, /Rule ops\.restart_on_disk_full matched, so it made a run\./);
    assert.match(why, /✓ trigger\.labels\.alertname equals "DiskAlmostFull": the event says "DiskAlmostFull"/);
    assert.match(why, /✓ trigger\.labels\.severity equals "warning": the event says "warning"/);
    assert.match(why, new RegExp(`${plan.run} is ops\\.rotate_logs on web-3`));
    assert.match(why, /✓ @alice approved by button at/);
    assert.match(why, /✗ @carol tried to approve by button at .*: not counted, not eligible/);
    assert.match(why, /Try 1 started at/);
    assert.match(why, /Result: succeeded/);
    assert.ok(why.includes(accepted.correlation_id));
  });

  test('is a duplicate when it is delivered again, and nothing else happens (I3)', async () => {
    const again = await bot.alert({instance: 'web-3'});
    assert.equal(again.status, 200);
    assert.equal(again.body.duplicate, true);
    assert.equal(again.body.event, accepted.event);
    await chat.settle();
    assert.equal((await chat.plans()).length, 1);
    assert.equal(bot.ledger().length, 1);
  });

  test('makes no second run within the window of its rule, and the record says whose it is', async () => {
    const {body} = await bot.alert({instance: 'web-3', startsAt: '2026-01-15T10:05:00Z'});
    assert.equal(body.duplicate, false);
    const decision = await waitFor(async () => (await bot.trace(`E${body.event}`)).decisions
        .find((one) => one.rule === 'ops.restart_on_disk_full'), {what: 'the decision'});
    assert.equal(decision.verdict, 'duplicate');
    assert.equal(`R${decision.run}`, plan.run);
    assert.equal((await chat.plans()).length, 1);
  });

  test('that no rule wants says which criterion failed with which value', async () => {
    const {body} = await bot.alert({instance: 'web-1', severity: 'critical'});
    const decision = await waitFor(async () => (await bot.trace(`E${body.event}`)).decisions
        .find((one) => one.rule === 'ops.restart_on_disk_full'), {what: 'the decision'});
    assert.equal(decision.verdict, 'no_match');
    const why = await chat.alice.ask(`!why-not E${body.event}`);
    assert.match(why, /✗ trigger\.labels\.severity equals "warning", but the event says "critical"/);
    assert.equal((await chat.plans()).length, 1);
  });

  test('has its chain on the command line too, by run, by event and by trace id, as text and as JSON', async () => {
    for (const id of [plan.run, `E${accepted.event}`, accepted.correlation_id]) {
      const text = await run(['trace', id, '--state-dir', bot.stateDir]);
      assert.equal(text.code, 0, text.stderr);
      assert.match(text.stdout, /ops\.restart_on_disk_full/);
      assert.match(text.stdout, /Record:/);
      assert.match(text.stdout, /run\.outcome/);
    }
    const chain = await bot.trace(accepted.correlation_id);
    assert.equal(chain.correlation_id, accepted.correlation_id);
    assert.equal(chain.event.id, accepted.event);
    assert.equal(chain.runs.length, 1);
    assert.equal(chain.runs[0].state, 'succeeded');
    assert.deepEqual(chain.runs[0].attempts.map((one) => one.phase), ['intent', 'outcome']);
    const none = await run(['trace', 'R4711', '--state-dir', bot.stateDir]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /no record of R4711/);
  });

  test('continues the trace of its sender', async () => {
    const {url, bearer} = bot.info.sources.alerts;
    const answer = await deliver(url, alert({alertname: 'Traced', instance: 'web-9'}), {
      Authorization: `Bearer ${bearer}`, traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'});
    assert.equal(answer.body.correlation_id, '4bf92f3577b34da6a3ce929d0e0e4736');
  });

  test('is still explained after a stop and a start, in the old thread', async () => {
    chat.leave();
    await bot.stop();
    await bot.restart();
    chat = bot.chat;
    await chat.listen();
    const old = await chat.post(plan.id);
    assert.match(plain(old.message), /succeeded/);
    assert.deepEqual(buttonsOf(old), []);
    const why = await chat.alice.ask('why?', {thread: plan.id});
    assert.match(why, /Rule ops\.restart_on_disk_full matched/);
    assert.ok(why.includes(accepted.correlation_id));
    const again = await bot.alert({instance: 'web-3'});
    assert.equal(again.status, 200);
    assert.equal(again.body.event, accepted.event);
    assert.equal(bot.ledger().length, 1);
  });
});

describe('the door', () => {
  let bot;

  before(async () => {
    bot = await startDemo();
  });

  after(() => bot?.stop());

  // One line, and nothing about what is behind the door.
  function assertPlainError({text, body}) {
    assert.equal(typeof body?.error, 'string', text);
    assert.ok(!text.includes('\n'), text);
    assert.doesNotMatch(text, /exception|nlohmann|parse_error|postgres|\/[a-z]+\/|\.cpp|0x[0-9a-f]{4}|sre|Bearer/i);
  }

  const authorised = () => ({Authorization: `Bearer ${bot.info.sources.alerts.bearer}`});

  test('answers 401 to whoever does not prove who they are', async () => {
    const body = alert({instance: 'web-1'});
    const wrong = [{}, {Authorization: 'Bearer wrong'}, {Authorization: bot.info.sources.alerts.bearer}, {Authorization: 'Basic YTpi'}];
    for (const headers of wrong) {
      const answer = await bot.deliver(body, {headers});
      assert.equal(answer.status, 401, JSON.stringify(headers));
      assertPlainError(answer);
    }
  });

  test('answers 400 to what it cannot read', async () => {
    for (const body of ['', '{', '[]', '{"alerts": []}', '{"alerts": [{"status": "burning"}]}', '{"version":"4","alerts":"none"}']) {
      const answer = await bot.deliver(body, {headers: authorised()});
      assert.equal(answer.status, 400, `${body}: ${answer.text}`);
      assertPlainError(answer);
    }
  });

  test('answers 404 to an unknown source, 405 to other methods and 413 to what is too large', async () => {
    const {server} = bot.info;
    const unknown = await deliver(`${server}/hooks/nobody`, alert({instance: 'web-1'}), authorised());
    assert.equal(unknown.status, 404);
    assertPlainError(unknown);
    assert.equal((await fetch(`${server}/hooks/alerts`)).status, 405);
    const huge = JSON.stringify({...alert({instance: 'web-1'}), filler: 'x'.repeat(2 * 1024 * 1024)});
    assert.equal((await bot.deliver(huge, {headers: authorised()})).status, 413);
  });

  test('has stored nothing of all that', async () => {
    const {body} = await bot.alert({alertname: 'First', instance: 'web-1'});
    for (let id = 1; id < body.event; ++id) {
      const {code} = await run(['trace', `E${id}`, '--state-dir', bot.stateDir]);
      assert.equal(code, 1, `there is no event ${id} before the first good one`);
    }
    assert.deepEqual(await bot.chat.plans(), []);
  });

  test('stands beside /healthz, /readyz and /metrics', async () => {
    const {server} = bot.info;
    const healthy = await fetch(`${server}/healthz`);
    assert.equal(healthy.status, 200);
    const ready = await fetch(`${server}/readyz`);
    assert.equal(ready.status, 200);
    assert.equal((await ready.json()).status, 'ready');
    const metrics = await (await fetch(`${server}/metrics`)).text();
    assert.match(metrics, /countersign_deliveries_total\{[^}]*source="alerts"[^}]*status="202"[^}]*\} 1/);
    assert.match(metrics, /countersign_deliveries_total\{[^}]*status="401"[^}]*\} 4/);
    assert.equal((await fetch(`${server}/nothing`)).status, 404);
  });
});
