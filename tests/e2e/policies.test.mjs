// Policies, from the configuration file to the answer: on the command line, in the chat, and with admins of a channel as a role.
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {after, before, describe, test} from 'node:test';
import {copyOfPacks, startSandbox, startServe} from './support/bot.mjs';
import {run} from './support/program.mjs';
import {waitFor} from './support/wait.mjs';

const kPolicies = {
  roles: {sre: {members: ['mm:alice', 'mm:bob']}, managers: {members: ['mm:carol']}, leads: {groups: ['mm:#ops@admins']}},
  policies: [
    {
      name: 'databases',
      for: {actions: 'ops.failover_*', environments: 'production'},
      approve: [{roles: 'managers'}, {roles: 'leads'}],
      cooldown: '2m', expires: '9m',
      escalate: {after: '4m', roles: 'sre', notify: {chat: 'mm', channel: '#ops'}},
    },
    {name: 'web', for: {targets: 'web-*', tiers: 'mutating'}, four_eyes: true},
  ],
  break_glass: {roles: 'sre', notify: {chat: 'mm', channel: '#ops'}},
};

describe('policies', () => {
  let sandbox, bot, chat;

  before(async () => {
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: copyOfPacks()});
    writeFileSync(bot.config, JSON.stringify({...JSON.parse(readFileSync(bot.config, 'utf8')), ...kPolicies}));
    bot.program.signal('SIGHUP');
    await waitFor(() => /configuration and rules reloaded/.test(bot.program.stderr), {what: 'the policies to be in force'});
    chat = bot.chat;
    await chat.listen();
  });

  after(async () => {
    chat?.leave();
    await bot?.stop();
    await sandbox?.stop();
  });

  const explain = (...args) => run(['policy', 'explain', ...args, '--config', bot.config]);
  const failover = ['failover_database', 'cluster=db-1', 'to=db-2'];

  test('are explained without a bot: who, why, from where, and what has no say', async () => {
    const {code, stdout} = await explain(...failover);
    assert.equal(code, 0);
    for (const words of [
      /^ops\.failover_database is high_impact$/m, /targets: db-1$/m, /environment: not known/, /3 people|2 people/,
      /2 of leads, managers or sre +<- tier high_impact$/m,
      /1 of managers and 1 of leads +<- policy databases \(.*countersign\.yaml:1\)$/m,
      /after 4m without a decision sre count as well, #ops of mm is told/, /leads: all of mm:#ops@admins/,
      /expires after 9m +<- policy databases/, /starts 2m after/, /whoever asked for it .* does not count +<- tier high_impact/,
      /policy web \(.*\) is for tiers mutating, and this is high_impact|policy web \(.*\) is for targets web-\*, and this is about db-1/,
      /one person of sre may start it alone/, /asked again/,
    ]) assert.match(stdout, words);
  });

  test('are explained to programs as well', async () => {
    const {stdout} = await explain(...failover, '--environment', 'staging', '--json');
    const told = JSON.parse(stdout);
    assert.deepEqual(told.fitting, []);
    assert.deepEqual(told.misfits.map((one) => one.policy), ['databases', 'web']);
    assert.match(told.misfits[0].why, /for environments production, prod, and this is in staging/);
    assert.equal(told.people, 2);
    assert.deepEqual(told.sources.four_eyes, ['tier high_impact']);
  });

  test('name what does not exist', async () => {
    for (const [args, words] of [
      [['ops.failover'], /no action ops\.failover\./], [['rotate_logs', 'hots=x'], /hots/], [['rotate_logs', 'web-1'], /write key=value/],
      [['rotate_logs', '--rule', 'ops.none'], /no rule ops\.none/],
    ]) {
      const {code, stderr} = await explain(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, words);
    }
  });

  test('name the people to who asks in the chat, the admins of a channel among them (T34)', async () => {
    await chat.admin.call('PUT', `/channels/${chat.ops}/members/${chat.bob.id}/schemeRoles`, {scheme_user: true, scheme_admin: true});
    await chat.carol.say(`!who-can ${failover.join(' ')}`);
    const told = await chat.carol.heard(/ops\.failover_database \(high_impact\) needs the approval of 2 people/);
    assert.match(told, /1 of managers: @carol \(policy databases\)/);
    assert.match(told, /1 of leads: (@admin, @bob|@bob, @admin) \(policy databases\)/);
    assert.match(told, /You count, unless you ask for it yourself/);
    assert.deepEqual(await chat.plans(), []);
  });
});
