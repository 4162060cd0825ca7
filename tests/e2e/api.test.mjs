// Votes over HTTP: the same rules as in the chat, for whoever the token belongs to.
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {Api, makeToken} from './support/api.mjs';
import {startDemo} from './support/bot.mjs';
import {bin, query} from './support/postgres.mjs';
import {run} from './support/program.mjs';
import {waitFor} from './support/wait.mjs';

const kWrong = `cs_${'0'.repeat(64)}`;
const kTries = 20;

describe('the API', () => {
  let bot, chat, where, api, tokens, alice, bob, carol, admin;

  before(async () => {
    bot = await startDemo();
    chat = bot.chat;
    await chat.listen();
    where = ['--state-dir', bot.stateDir];
    api = new Api(bot.info.server);
    tokens = {};
    for (const name of ['alice', 'bob', 'carol', 'admin']) tokens[name] = await makeToken(where, `mm:${name}`);
    [alice, bob, carol, admin] = Object.values(tokens).map(({token}) => api.as(token));
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
  });

  const sql = (text) => query(bot.info.database_url, text);

  // A plan that somebody asked for in the chat, and the question about it.
  async function asked(who, command, target) {
    await chat[who].say(`!remediate ${command}`);
    const plan = await chat.plan(target, 'waiting for approval');
    return {plan, approval: await alice.question(plan)};
  }
  const rotation = (host) => asked('alice', `ops.rotate_logs host=${host}`, host);
  // The pack allows two an hour: those before were long ago.
  async function failover(cluster) {
    await sql('DELETE FROM cs.token_bucket');
    return asked('alice', `ops.failover_database cluster=${cluster} to=db-2`, cluster);
  }

  test('shows what waits, with the plan, its dry run, who must approve and until when', async () => {
    const {plan, approval} = await failover('shown');
    const {status, headers, body} = await bob.get('/api/v1/approvals?state=pending');
    assert.equal(status, 200);
    assert.equal(headers['cache-control'], 'no-store');
    const listed = body.approvals.find(({run: {ref}}) => ref === plan.run);
    assert.deepEqual(listed, approval);
    assert.deepEqual(listed.plan.parameters, {cluster: 'shown', to: 'db-2'});
    assert.match(listed.plan.dry_run_output, /primary would change from unknown to db-2/);
    assert.equal(listed.run.requester.name, 'alice');
    assert.equal(listed.four_eyes, true);
    assert.equal(listed.must_approve.flatMap(({groups}) => groups)[0].count, 2);
    assert.match(listed.plan_hash, /^[0-9a-f]{64}$/);
    assert.ok(Date.parse(listed.expires_at) > Date.now());
    const {body: shown} = await bob.get(listed.links.self);
    assert.deepEqual(shown, listed);
    await chat.alice.say(`!cancel ${plan.run}`);
    await chat.becomes(plan, 'cancelled');
  });

  test('counts an approval of exactly the plan that was read, and of no other (I8)', async () => {
    const {plan, approval} = await rotation('web-1');
    const unnamed = await bob.call('POST', approval.links.votes, {body: {choice: 'approve'}});
    assert.equal(unnamed.status, 400);
    assert.match(unnamed.body.message, /plan_hash is missing/);
    const old = await bob.vote({...approval, plan_hash: 'ab'.repeat(32)}, 'approve');
    assert.equal(old.status, 409);
    assert.deepEqual([old.body.counted, old.body.verdict, old.body.error], [false, 'old_plan', 'old_plan']);
    assert.ok(old.body.message);
    const {status, body} = await bob.vote(approval, 'approve', {reason: 'read it at home'});
    assert.equal(status, 200);
    assert.deepEqual([body.counted, body.repeated, body.approval.approvers[0].name], [true, false, 'bob']);
    const done = await chat.becomes(plan, 'succeeded');
    assert.match(done.text, /Approved by @bob at .*: read it at home/);
    const {approvals: [{votes}]} = await bot.run(plan.run);
    assert.deepEqual(votes.filter(({counted}) => counted).map(({name, via}) => [name, via]), [['bob', 'http']]);
    assert.equal(bot.ledger('web-1').length, 1);
  });

  test('counts the same Idempotency-Key once, and keeps it to its vote and its token (I9, T36)', async () => {
    const {plan, approval} = await failover('once');
    const headers = {'Idempotency-Key': 'deploy 7'};
    const first = await bob.vote(approval, 'approve', {headers});
    assert.deepEqual([first.status, first.body.repeated], [200, false]);
    const again = await bob.vote(approval, 'approve', {headers});
    assert.deepEqual([again.status, again.body.counted, again.body.repeated], [200, true, true]);
    assert.equal(again.body.approval.approvers.length, 1);
    const other = await bob.vote(approval, 'deny', {headers});
    assert.deepEqual([other.status, other.body.verdict], [409, 'key_used']);
    const twice = await bob.vote(approval, 'approve');
    assert.deepEqual([twice.status, twice.body.verdict], [409, 'already_voted']);
    assert.equal((await carol.vote(approval, 'approve', {headers})).status, 200, 'another person\'s key is another act');
    await chat.becomes(plan, 'succeeded');
    const late = await bob.vote(approval, 'approve', {headers});
    assert.deepEqual([late.status, late.body.repeated], [200, true], 'it still says what came of it');
    assert.equal(bot.ledger('once').length, 1);
  });

  test('does not count the requester under four eyes (T33), nor who holds no role', async () => {
    const {plan, approval} = await failover('eyes');
    const own = await alice.vote(approval, 'approve');
    assert.deepEqual([own.status, own.body.counted, own.body.verdict], [403, false, 'requester']);
    const stranger = await admin.vote(approval, 'approve');
    assert.deepEqual([stranger.status, stranger.body.verdict], [403, 'not_eligible']);
    assert.equal((await alice.get(approval.links.self)).body.approvers.length, 0);
    const refused = await admin.call('POST', approval.run.links.cancel, {body: {reason: 'because'}});
    assert.deepEqual([refused.status, refused.body.error], [403, 'refused']);
    assert.equal((await bot.run(plan.run)).state, 'awaiting_approval');
    assert.equal((await carol.vote(approval, 'deny', {reason: 'not today'})).status, 200);
    await chat.becomes(plan, 'denied');
    const late = await bob.vote(approval, 'approve');
    assert.deepEqual([late.status, late.body.verdict], [409, 'already_decided']);
    assert.deepEqual(bot.ledger('eyes'), []);
  });

  test('takes an approval back while the plan waits', async () => {
    const {plan, approval} = await failover('back');
    assert.equal((await bob.vote(approval, 'approve')).status, 200);
    const {status, body} = await bob.vote(approval, 'retract');
    assert.deepEqual([status, body.approval.approvers], [200, []]);
    assert.equal((await bob.vote(approval, 'retract')).body.verdict, 'nothing_to_retract');
    await chat.alice.say(`!cancel ${plan.run}`);
    await chat.becomes(plan, 'cancelled');
  });

  test('the command line means by a number what the API means, and shows the plan to whoever wants JSON', async () => {
    const {plan, approval} = await rotation('web-cli');
    for (const id of [plan.run, String(approval.id)]) {
      const shown = await run(['approvals', 'show', id, '--json', ...where]);
      assert.equal(JSON.parse(shown.stdout).id, approval.id, `${id}: ${shown.stderr}`);
    }
    const none = await run(['approvals', 'show', '999999', ...where]);
    assert.deepEqual([none.code, none.stderr.includes('there is no approval 999999')], [1, true]);
    const voted = await run(['approvals', 'deny', String(approval.id), '--as', 'mm:bob', '--reason', 'no', '--yes', '--json', ...where]);
    assert.equal(voted.code, 0, voted.stderr);
    assert.equal(JSON.parse(voted.stdout).approval.id, approval.id);
    assert.ok(voted.stderr.includes(approval.plan_hash), 'the plan is shown before it is voted on');
    const late = await run(['runs', 'cancel', plan.run, '--as', 'mm:alice', '--reason', 'no', ...where]);
    assert.equal(late.code, 1, late.stderr);
  });

  test('cancels a run for whoever might in the chat, once', async () => {
    const {plan, approval} = await rotation('web-2');
    const path = approval.run.links.cancel;
    assert.equal((await alice.call('POST', path, {body: {}})).status, 400);
    const {status, body} = await alice.call('POST', path, {body: {reason: 'changed my mind'}});
    assert.deepEqual([status, body.run.state], [200, 'cancelled']);
    await chat.becomes(plan, 'cancelled');
    await chat.inThread(plan, /changed my mind/);
    const late = await alice.call('POST', path, {body: {reason: 'again'}});
    assert.deepEqual([late.status, late.body.error], [409, 'too_late']);
    assert.deepEqual(bot.ledger('web-2'), []);
  });

  test('answers what is not there, not allowed or not well-formed with one word and a sentence', async () => {
    const {plan, approval} = await rotation('web-3');
    const votes = approval.links.votes;
    const yes = {choice: 'deny'};
    const form = {'Content-Type': 'application/x-www-form-urlencoded'};
    const cases = [
      [404, await alice.get('/api/v1/approvals/999999')],
      [404, await alice.get('/api/v1/approvals/R999999')],
      [404, await alice.get('/api/v1/approvals/E1')],
      [404, await alice.call('POST', '/api/v1/approvals/999999/votes', {body: yes})],
      [404, await alice.call('POST', '/api/v1/runs/999999/cancel', {body: {reason: 'x'}})],
      [404, await alice.get('/api/v1/nothing')],
      [404, await alice.get('/api/v1/approvals/1/2/votes')],
      [405, await alice.call('DELETE', approval.links.self)],
      [405, await alice.call('GET', votes)],
      [405, await alice.call('POST', '/api/v1/approvals', {body: {}})],
      [413, await alice.call('POST', votes, {body: {...yes, reason: 'x'.repeat(20_000)}})],
      [413, await alice.call('POST', votes, {body: {...yes, reason: 'x'.repeat(2_000_000)}})],
      [415, await alice.call('POST', votes, {body: 'choice=deny', headers: form})],
      [415, await alice.call('POST', votes, {body: JSON.stringify(yes), headers: {'Content-Type': 'text/plain'}})],
      [415, await alice.call('POST', votes, {body: yes, headers: {'Content-Encoding': 'gzip'}})],
      [400, await alice.call('POST', votes, {body: '{"choice": "deny"'})],
      [400, await alice.call('POST', votes, {body: '{"choice": "approve", "choice": "deny"}'})],
      [400, await alice.call('POST', votes, {body: '["deny"]'})],
      [400, await alice.call('POST', votes, {body: {...yes, surprise: 'x'}})],
      [400, await alice.call('POST', votes, {body: {choice: 'maybe'}})],
      [400, await alice.call('POST', votes, {body: {choice: true}})],
      [400, await alice.call('POST', votes, {body: {...yes, plan_hash: 'abc'}})],
      [400, await alice.call('POST', votes, {body: {...yes, reason: 'x'.repeat(501)}})],
      [400, await alice.call('POST', votes, {body: yes, headers: {'Idempotency-Key': 'x'.repeat(129)}})],
      [400, await alice.call('POST', votes, {body: yes, headers: {'Idempotency-Key': 'schl\xfcssel'}})],
      [400, await alice.get('/api/v1/approvals?state=denied')],
      [400, await alice.get('/api/v1/approvals?stat=pending')],
    ];
    for (const [status, answer] of cases) {
      assert.equal(answer.status, status, answer.text);
      assert.equal(typeof answer.body.error, 'string', answer.text);
    }
    for (const [, {body, headers}] of cases.filter(([status, {text}]) => status !== 413 || text.includes('message'))) {
      assert.match(body.message, /^[A-Z].*\.$/i);
      assert.equal(headers['cache-control'], 'no-store');
    }
    assert.equal(cases.find(([status]) => status === 405)[1].headers.allow, 'GET, HEAD');
    assert.equal((await bot.run(plan.run)).state, 'awaiting_approval');
    await chat.alice.say(`!cancel ${plan.run}`);
    await chat.becomes(plan, 'cancelled');
  });

  test('takes a valid token in the header only, and does not say what is wrong with another', async () => {
    const expired = await makeToken(where, 'mm:alice');
    await sql(`UPDATE cs.token SET created_at = created_at - interval '2 days', expires_at = clock_timestamp() WHERE token_id = ${expired.id.slice(1)}`);
    const revoked = await makeToken(where, 'mm:alice');
    assert.equal((await api.as(revoked.token).get('/api/v1/approvals')).status, 200);
    const ended = await run(['tokens', 'revoke', revoked.id, '--as', 'mm:bob', '--reason', 'it leaked', ...where]);
    assert.equal(ended.code, 0, ended.stderr);
    const answers = [];
    for (const token of [undefined, kWrong, expired.token, revoked.token, 'nonsense']) answers.push(await api.as(token).get('/api/v1/approvals'));
    answers.push(await api.get(`/api/v1/approvals?access_token=${tokens.alice.token}`));
    answers.push(await api.call('GET', '/api/v1/approvals', {headers: {Cookie: `token=${tokens.alice.token}`}}));
    for (const {status, text, headers} of answers) {
      assert.equal(status, 401);
      assert.equal(text, answers[0].text);
      assert.equal(headers['www-authenticate'], 'Bearer');
    }
    const {stdout} = await run(['tokens', 'list', '--json', ...where]);
    const listed = JSON.parse(stdout).find(({id}) => id === revoked.id);
    assert.equal(listed.begins_with, revoked.token.slice(0, 8));
    assert.ok(listed.revoked_at);
    assert.ok(JSON.parse(stdout).find(({id}) => id === tokens.alice.id).used_at);
    assert.equal(await sql(`SELECT count(*) FROM cs.audit WHERE kind = 'token.revoked' AND body->>'why' = 'it leaked'`), '1');
  });

  test('asks whoever makes a token to hold a role, and to want it for a year at most', async () => {
    const make = (...more) => run(['tokens', 'create', '--for', 'mm:alice', '--reason', 'x', ...where, ...more]);
    assert.equal((await make('--as', 'mm:admin')).code, 1);
    assert.equal((await make('--as', 'mm:bob', '--expires', '366d')).code, 2);
    assert.equal((await make('--as', 'mm:nobody')).code, 1);
  });

  test('stops listening to an address that sends wrong tokens, and to no other', async () => {
    const guesser = api.as(kWrong, {from: '127.0.0.9'});
    for (let n = 0; n < kTries; n += 1) assert.equal((await guesser.get('/api/v1/approvals')).status, 401);
    const {status, headers, body} = await guesser.get('/api/v1/approvals');
    assert.deepEqual([status, body.error], [429, 'too_many']);
    assert.ok(Number(headers['retry-after']) >= 1);
    assert.equal((await alice.get('/api/v1/approvals')).status, 200);
    assert.equal(bot.program.stderr.split('too many wrong tokens').length, 2, 'one line in the log');
  });

  test('changes nothing for whoever follows every address there is, with GET and HEAD (T47)', async () => {
    const {plan, approval} = await rotation('web-4');
    const {body: document} = await alice.get('/api/v1/openapi.json');
    const paths = Object.keys(document.paths).flatMap((path) => ['1', plan.run, approval.id, approval.run.id].map((id) => path.replace('{id}', id)));
    const said = JSON.stringify(await chat.posts());
    const links = [...said.matchAll(/https?:\/\/[^\s"'\\)<>\]]+/g)].map(([url]) => url);
    const ours = [...paths, '/', '/chat/mm/action', '/hooks/alerts'].map((path) => bot.info.server + path);
    await chat.settle();
    const state = () => sql(`SELECT (SELECT count(*) FROM cs.vote), (SELECT count(*) FROM cs.audit),
      (SELECT string_agg(state || fence, ' ' ORDER BY run_id) FROM cs.run), (SELECT string_agg(state, ' ' ORDER BY approval_id) FROM cs.approval)`);
    const before = await state();
    for (const url of new Set([...ours, ...links])) {
      for (const method of ['GET', 'HEAD']) {
        for (const headers of [{}, {Authorization: `Bearer ${tokens.bob.token}`}]) {
          await fetch(`${url}`, {method, headers, redirect: 'manual'}).then((answer) => answer.arrayBuffer(), () => {});
          if (url.startsWith(bot.info.server))
            await fetch(`${url}?choice=approve&plan_hash=${approval.plan_hash}&reason=x`, {method, headers}).then((answer) => answer.arrayBuffer());
        }
      }
    }
    assert.equal(await state(), before);
    assert.equal((await bob.vote(approval, 'deny')).status, 200, 'a vote would have counted all the while');
    await chat.becomes(plan, 'denied');
  });

  test('serves what its document describes, and answers nothing else', async () => {
    const {body: document} = await alice.get('/api/v1/openapi.json');
    for (const [path, operations] of Object.entries(document.paths)) {
      const at = path.replace('{id}', '999999');
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const {status} = await api.call(method, at);
        const served = Boolean(operations[method.toLowerCase()]);
        assert.equal(status, served ? 401 : 405, `${method} ${path}`);
      }
    }
    const operationOf = ({method, path}) => Object.entries(document.paths)
        .find(([known]) => new RegExp(`^${known.replace('{id}', '[^/]+')}$`).test(path))?.[1][method.toLowerCase()];
    for (const answer of api.seen) {
      const operation = operationOf(answer);
      if (operation) assert.ok(operation.responses[answer.status], `${answer.method} ${answer.path} answered ${answer.status}`);
      else assert.ok([404, 405].includes(answer.status), `${answer.method} ${answer.path} answered ${answer.status}`);
    }
    const statuses = new Set(api.seen.map(({status}) => status));
    for (const status of [200, 400, 401, 403, 404, 405, 409, 413, 415, 429]) assert.ok(statuses.has(status), `${status} was never answered`);
  });

  test('leaves no trace of a token in logs, metrics, health, files or the database (T46)', async () => {
    const {server} = bot.info;
    const texts = {log: bot.program.stderr, output: bot.program.stdout};
    for (const path of ['/metrics', '/healthz', '/readyz', '/']) texts[path] = await (await fetch(server + path)).text();
    texts.database = execFileSync(join(bin(), 'pg_dump'), ['--column-inserts', bot.info.database_url], {encoding: 'utf8', maxBuffer: 1 << 28});
    texts.api = (await alice.get('/api/v1/approvals')).text + (await alice.get('/api/v1/openapi.json')).text;
    assert.match(texts.database, /INSERT INTO cs\.token/);
    for (const {token} of Object.values(tokens)) {
      for (const [name, text] of Object.entries(texts)) assert.ok(!text.includes(token.slice(3)), name);
      const found = spawnSync('grep', ['-rlF', token.slice(3), bot.stateDir], {encoding: 'utf8'});
      assert.equal(found.status, 1, found.stdout);
    }
  });
});
