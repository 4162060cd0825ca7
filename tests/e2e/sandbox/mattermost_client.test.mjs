// The official Mattermost client drives the sandbox: what works for it here works against a real server.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import http from 'node:http';
import {after, before, test} from 'node:test';

import {clientFor, Ears} from './browserlike.mjs';
import {startSandbox} from './running_sandbox.mjs';

const kLimit = {timeout: 30_000};

let sandbox;
let alice;
let bot;

before(async () => {
  sandbox = await startSandbox();
  alice = clientFor(sandbox, sandbox.users.alice);
  bot = clientFor(sandbox, sandbox.bot);
});

after(() => sandbox?.stop());

const ops = () => sandbox.channels.ops;
const say = (client, message, more = {}) => client.createPost({channel_id: ops(), message, ...more});
const postOf = (event) => JSON.parse(event.data.post);

test('login takes the password and keeps the token', kLimit, async () => {
  const client = clientFor(sandbox);
  const me = await client.login('alice', 'sandbox');
  assert.equal(me.id, sandbox.users.alice.id);
  assert.match(client.getToken(), /^[a-z0-9]{26}$/);
  assert.equal((await client.getMe()).username, 'alice');
  await client.logout();
  await assert.rejects(client.getMe(), {status_code: 401});
});

test('a wrong password and a wrong token are refused as the client expects', kLimit, async () => {
  await assert.rejects(clientFor(sandbox).login('alice', 'guess'), {status_code: 401});
  const stranger = clientFor(sandbox, {token: 'x'.repeat(26)});
  await assert.rejects(stranger.getMe(), {server_error_id: 'api.context.session_expired.app_error'});
});

test('people, teams and channels are found', kLimit, async () => {
  assert.equal((await bot.getMe()).is_bot, true);
  assert.equal((await bot.getUserByUsername('bob')).id, sandbox.users.bob.id);
  const people = await bot.getProfilesByUsernames(['alice', 'carol', 'nobody']);
  assert.deepEqual(people.map(({username}) => username), ['alice', 'carol']);
  const team = await bot.getTeamByName('acme');
  assert.equal(team.id, sandbox.team.id);
  assert.equal((await bot.getChannelByName(team.id, 'ops-prod')).id, sandbox.channels['ops-prod']);
  assert.deepEqual((await alice.getMyChannels(team.id)).map(({name}) => name).sort(), ['ops', 'ops-prod']);
  const carol = clientFor(sandbox, sandbox.users.carol);
  await assert.rejects(carol.getChannelByName(team.id, 'ops-prod'), {status_code: 404});
  const statuses = await bot.getStatusesByIds([sandbox.users.alice.id]);
  assert.equal(statuses[0].user_id, sandbox.users.alice.id);
  assert.equal((await bot.getClientConfigOld()).Version, '5.37.0');
});

test('posts are made, read, edited, pinned and deleted', kLimit, async () => {
  const post = await say(bot, 'first');
  assert.equal(post.props.from_bot, 'true');
  assert.equal((await alice.getPost(post.id)).message, 'first');
  const edited = await bot.patchPost({id: post.id, message: 'second'});
  assert.ok(edited.edit_at > 0);
  await alice.pinPost(post.id);
  assert.equal((await alice.getPost(post.id)).is_pinned, true);
  const {posts} = await alice.getPostsSince(ops(), post.create_at - 1);
  assert.equal(posts[post.id].message, 'second');
  await assert.rejects(alice.patchPost({id: post.id, message: 'mine now'}), {status_code: 403});
  await bot.deletePost(post.id);
  await assert.rejects(alice.getPost(post.id), {server_error_id: 'app.post.get.app_error'});
});

test('the same pending_post_id makes one post', kLimit, async () => {
  const pending_post_id = `${sandbox.bot.id}:1`;
  const first = await say(bot, 'once', {pending_post_id});
  const second = await say(bot, 'once', {pending_post_id});
  assert.equal(first.id, second.id);
});

test('threads hold their replies', kLimit, async () => {
  const root = await say(alice, 'a question');
  const reply = await say(bot, 'an answer', {root_id: root.id});
  const {posts} = await alice.getPostThread(reply.id);
  assert.deepEqual(Object.keys(posts).sort(), [root.id, reply.id].sort());
  assert.equal(posts[root.id].reply_count, 1);
  await assert.rejects(say(bot, 'deeper', {root_id: reply.id}), {server_error_id: 'api.post.create_post.root_id.app_error'});
});

test('reactions come and go, and everybody hears of it', kLimit, async () => {
  const ears = new Ears(sandbox, sandbox.bot);
  await ears.event('hello');
  const post = await say(bot, 'approve me');
  await alice.addReaction(sandbox.users.alice.id, post.id, 'white_check_mark');
  const added = await ears.event('reaction_added');
  assert.equal(JSON.parse(added.data.reaction).emoji_name, 'white_check_mark');
  assert.equal((await bot.getReactionsForPost(post.id)).length, 1);
  await alice.removeReaction(sandbox.users.alice.id, post.id, 'white_check_mark');
  await ears.event('reaction_removed');
  assert.equal((await bot.getReactionsForPost(post.id)).length, 0);
  ears.close();
});

// A tiny integration: answers every click with `answer` and keeps what it was sent.
async function integration(answer) {
  const clicks = [];
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    clicks.push(JSON.parse(body));
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {clicks, url: `http://127.0.0.1:${server.address().port}/click`, close: () => server.close()};
}

test('a click reaches the integration, whose answer changes the post and tells the clicker', kLimit, async () => {
  const ears = new Ears(sandbox, sandbox.users.alice);
  await ears.event('hello');
  const approve = await integration({update: {message: 'approved', props: {}}, ephemeral_text: 'thanks'});
  const actions = [{id: 'approve', name: 'Approve', integration: {url: approve.url, context: {plan: 'p-1', mac: 's3cret'}}}];
  const post = await say(bot, 'Plan p-1', {props: {attachments: [{text: 'restart', actions}]}});
  assert.ok(!JSON.stringify(post).includes('s3cret'), 'the context is shown to nobody');
  await alice.doPostActionWithCookie(post.id, 'approve', '');
  assert.equal(approve.clicks.length, 1);
  assert.equal(approve.clicks[0].user_id, sandbox.users.alice.id);
  assert.deepEqual(approve.clicks[0].context, {plan: 'p-1', mac: 's3cret'});
  const edited = await ears.event('post_edited');
  assert.equal(postOf(edited).message, 'approved');
  const whispered = postOf(await ears.event('ephemeral_message'));
  assert.equal(whispered.message, 'thanks');
  assert.equal(whispered.root_id, post.id);
  await assert.rejects(alice.doPostActionWithCookie(post.id, 'approve', ''), {status_code: 404});
  approve.close();
  ears.close();
});

test('the socket says hello, hears posts, and finds its feet after a cut', kLimit, async () => {
  const ears = new Ears(sandbox, sandbox.bot);
  await ears.event('hello');
  await say(alice, '@countersign before the cut');
  const posted = await ears.event('posted', (event) => postOf(event).message.includes('before'));
  assert.equal(posted.data.sender_name, '@alice');
  assert.deepEqual(JSON.parse(posted.data.mentions), [sandbox.bot.id]);
  await sandbox.control('/sockets/cut', {user: 'countersign'});
  await ears.until(({missed}) => missed > 0);
  await say(alice, 'after the cut');
  await ears.event('posted', (event) => postOf(event).message === 'after the cut');
  const numbers = ears.heard.slice(ears.heard.map(({event}) => event).lastIndexOf('hello')).map(({seq}) => seq);
  assert.deepEqual(numbers, numbers.map((_, index) => index), 'numbered from hello without gaps');
  ears.close();
});

test('direct messages announce themselves to both', kLimit, async () => {
  const ears = new Ears(sandbox, sandbox.bot);
  await ears.event('hello');
  const channel = await alice.createDirectChannel([sandbox.users.alice.id, sandbox.bot.id]);
  await ears.event('direct_added');
  await alice.createPost({channel_id: channel.id, message: 'psst'});
  const posted = await ears.event('posted', ({data}) => data.channel_type === 'D');
  assert.equal(posted.data.team_id, '');
  ears.close();
});
