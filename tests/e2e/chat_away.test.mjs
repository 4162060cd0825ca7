// The chat goes away while people are asked: nothing starts by itself, the command line and HTTP take votes, and when the chat is back its messages
// show what happened meanwhile (T42).
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {Api, makeToken} from './support/api.mjs';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {plain} from './support/chat.mjs';
import {preparePostgres, query} from './support/postgres.mjs';
import {run} from './support/program.mjs';
import {freePort, temporary} from './support/state.mjs';
import {waitFor} from './support/wait.mjs';

// As in the drill, but two people have to agree.
function packsForTwo() {
  const packs = drillPacks();
  const file = join(packs, 'drill', 'rules', 'quick.yaml');
  writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), approval: {roles: ['sre', 'managers'], count: 2}}));
  return packs;
}

describe('while the chat is away', () => {
  let database, server, place, sandbox, bot, chat, where, carol, plans;

  before(async () => {
    database = await preparePostgres();
    server = await database.start();
    place = {port: await freePort(), snapshot: join(temporary('chat'), 'world.json')};
    sandbox = await startSandbox(place);
    bot = await startServe({mattermost: sandbox.mattermost, packs: packsForTwo(), databaseUrl: database.url});
    chat = bot.chat;
    await chat.listen();
    where = ['--config', bot.config];
    carol = new Api(bot.info.server, await makeToken(where, 'mm:carol'));
    plans = {};
    for (const host of ['approved', 'denied', 'expired']) {
      await bot.alert({alertname: 'quick', instance: host});
      plans[host] = await chat.plan(host, 'waiting for approval');
    }
    await waitFor(async () => await sql(`SELECT count(*) FROM cs.approval WHERE message_refs <> '{}'`) === '3', {what: 'the posts to be noted'});
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
    await sandbox?.stop();
    server?.signal('SIGINT');
    await server?.wait();
  });

  const sql = (text) => query(database.url, text);
  const stateOf = async (plan) => (await sql(`SELECT state FROM cs.run WHERE run_id = ${plan.run.slice(1)}`));
  const becomes = (plan, state) => waitFor(async () => await stateOf(plan) === state, {what: `${plan.run} to be ${state}`});
  const approve = (who, plan, ...more) => run(['approvals', 'approve', plan.run, '--as', who, '--reason', 'the chat is down', ...where, ...more]);
  const control = (path, body) => fetch(`${chat.info.base_url}/control/${path}`,
      {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});

  test('posts fail: a vote on the command line counts, and starts nothing alone', async () => {
    await control('rest/refuse', {user: 'countersign', path: '/posts', status: 503, count: 1_000_000});
    await control('sockets/cut', {user: 'countersign'});
    const {plan_hash: hash} = await carol.question(plans.approved);
    const wrong = await approve('mm:alice', plans.approved, '--plan', '0'.repeat(8));
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /not the plan in question any more/);
    const unasked = await approve('mm:alice', plans.approved);
    assert.equal(unasked.code, 2, 'no terminal, no --plan, no --yes');
    const counted = await approve('mm:alice', plans.approved, '--plan', hash.slice(0, 8));
    assert.equal(counted.code, 0, counted.stderr);
    assert.ok(counted.stdout.includes(hash) && counted.stdout.includes('drill.quick'), 'the plan is shown');
    const again = await approve('mm:alice', plans.approved, '--yes');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /not counted: Your approval is already counted/);
    assert.equal(await stateOf(plans.approved), 'awaiting_approval');
    assert.deepEqual(bot.ledger(), []);
  });

  test('a click on a message that could not be brought up to date is told so (I9)', async () => {
    const approval = await carol.question(plans.denied);
    assert.equal((await carol.vote(approval, 'deny')).status, 200);
    assert.ok((await chat.post(plans.denied.id)).message.includes('waiting'), 'the message does not know yet');
    await chat.alice.click(plans.denied, 'approve');
    await chat.alice.heard(/Too late: this plan is already denied/);
    assert.equal(await stateOf(plans.denied), 'denied');
  });

  test('a plan that could not be posted takes the vote of whoever read it elsewhere and names its hash (I9)', async () => {
    await bot.alert({alertname: 'quick', instance: 'unposted'});
    const approval = await waitFor(async () => (await carol.get('/api/v1/approvals')).body.approvals.find(({plan}) => plan.targets[0] === 'unposted'),
        {what: 'the question that nobody could be asked'});
    const vote = (choice, hash) => carol.call('POST', approval.links.votes, {body: {choice, plan_hash: hash}});
    const blind = await vote('approve', '0'.repeat(64));
    assert.deepEqual([blind.status, blind.body.verdict], [409, 'old_plan']);
    assert.equal((await vote('approve', approval.plan_hash)).status, 200);
    assert.equal((await vote('retract', approval.plan_hash)).status, 200);
  });

  test('nothing answers at all: what a vote cannot be told to be from does not count', async () => {
    chat.leave();
    await sandbox.stop();
    const {code, stderr} = await approve('mm:bob', plans.approved, '--yes');
    assert.equal(code, 3, stderr);
    assert.match(stderr, /nothing was counted/);
    assert.equal(await sql('SELECT count(*) FROM cs.vote WHERE counted AND choice = \'approve\''), '2');
    assert.equal(await stateOf(plans.approved), 'awaiting_approval');
  });

  test('HTTP takes the vote of whom the bot knows, and the run runs once', async () => {
    const {status, body} = await carol.vote(await carol.question(plans.approved), 'approve', {reason: 'by phone'});
    assert.equal(status, 200, JSON.stringify(body));
    await becomes(plans.approved, 'succeeded');
    assert.equal(bot.ledger('approved').length, 1);
  });

  test('a question expires all the same, and takes no vote afterwards (I9)', async () => {
    const approval = await carol.question(plans.expired);
    await sql(`UPDATE cs.approval SET expires_at = clock_timestamp() WHERE approval_id = ${approval.id}`);
    const late = await carol.vote(approval, 'approve');
    assert.equal(late.status, 409);
    assert.match(late.body.verdict, /expired|already_decided/);
    await becomes(plans.expired, 'expired');
    assert.deepEqual(bot.ledger('expired'), []);
  });

  test('the chat is back: its messages show what happened meanwhile, and by which way', async () => {
    sandbox = await startSandbox(place);
    const done = await chat.becomes(plans.approved, 'succeeded');
    assert.match(done.text, /Approved by @alice at .*: the chat is down/);
    assert.match(done.text, /Approved by @carol at .*: by phone/);
    await chat.becomes(plans.expired, 'expired');
    await chat.becomes(plans.denied, 'denied');
    const {body: {votes}} = await carol.get(`/api/v1/approvals/${plans.approved.run}`);
    assert.deepEqual(votes.filter(({counted}) => counted).map(({voter, via}) => [voter.name, via]), [['alice', 'cli'], ['carol', 'http']]);
    assert.equal(bot.ledger().length, 1);
  });

  test('what could not be posted is posted, and the buttons that a vote on the command line leaves there work', async () => {
    const plan = await chat.plan('unposted', 'waiting for approval');
    const {code, stderr} = await approve('mm:alice', plan, '--yes');
    assert.equal(code, 0, stderr);
    await waitFor(async () => plain((await chat.post(plan.id)).message).includes('approved so far: @alice'), {what: 'the message to show the vote'});
    await chat.carol.click(plan, 'approve');
    await chat.becomes(plan, 'succeeded');
    assert.equal(bot.ledger('unposted').length, 1);
  });
});
