// Starting, waiting for what is not there yet, refusing what is wrong, and ending without a trace.
import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {alert} from './support/alerts.mjs';
import {copyOfPacks, drillPacks, startDemo, startSandbox, startServe, writeConfig} from './support/bot.mjs';
import {preparePostgres} from './support/postgres.mjs';
import {descendants, stillRuns} from './support/processes.mjs';
import {kRepository, Program, run} from './support/program.mjs';
import {freePort, temporary} from './support/state.mjs';
import {waitFor} from './support/wait.mjs';

const kCommands = ['demo', 'serve', 'check', 'rules', 'trace', 'db', 'sandbox'];

const count = (text, pattern) => [...text.matchAll(pattern)].length;

describe('serve, while what it needs is away', () => {
  let postgres, server, sandbox, bot, port;

  before(async () => {
    postgres = await preparePostgres();
    const first = await startSandbox();  // the same ids and tokens at every start
    await first.stop();
    port = await freePort();
    const {mattermost} = first;
    mattermost.base_url = `http://127.0.0.1:${port}`;
    mattermost.ws_url = `ws://127.0.0.1:${port}/api/v4/websocket`;
    bot = await startServe({mattermost, packs: drillPacks(), databaseUrl: postgres.url, waits: false});
  });

  after(async () => {
    await bot?.stop();
    await sandbox?.stop();
    server?.signal('SIGINT');
    await server?.wait();
  });

  const readiness = async () => {
    const answer = await fetch(`${bot.info.server}/readyz`);
    return {status: answer.status, body: await answer.json()};
  };

  test('is alive, is not ready, names the database, and takes nothing it cannot store (I1)', async () => {
    await waitFor(async () => (await readiness()).body.missing?.database?.includes('refused'), {what: '/readyz to name the database'});
    const {status, body} = await readiness();
    assert.equal(status, 503);
    assert.equal(body.status, 'not ready');
    assert.equal((await fetch(`${bot.info.server}/healthz`)).status, 200);
    const answer = await bot.deliver(alert({alertname: 'quick', instance: 'early'}));
    assert.equal(answer.status, 503);
    assert.doesNotMatch(answer.text, /tester|127\.0\.0\.1|refused|\\n/);
  });

  test('starts working with the database as soon as it is there, and then names the chat', async () => {
    server = await postgres.start();
    const missing = await waitFor(async () => {
      const {body} = await readiness();
      return body.missing?.['chat mm']?.includes('refused') && !body.missing.database && body.missing;
    }, {what: 'only the chat to be missing, and why'});
    assert.deepEqual(Object.keys(missing), ['chat mm']);
    assert.equal((await bot.alert({alertname: 'quick', instance: 'later'})).status, 202);
  });

  test('starts working with the chat as soon as it is there: what waited is posted', async () => {
    sandbox = await startSandbox({port});
    await bot.ready();
    const plan = await bot.chat.plan('later', 'waiting for approval');
    await bot.chat.alice.click(plan, 'approve');
    await bot.chat.becomes(plan, 'succeeded');
    assert.equal(bot.ledger('later').length, 1);
    assert.deepEqual(bot.ledger('early'), []);
  });

  test('has said once what was away, and once that it came', () => {
    const log = bot.program.stderr;
    const complaints = [...log.matchAll(/the database cannot be used, trying again (why=.*)/g)].map(([, why]) => why);
    assert.ok(complaints.length > 0, log);
    assert.equal(new Set(complaints).size, complaints.length, `each reason once:\n${log}`);
    assert.equal(count(log, /chat is away, trying again/g), 1, log);
    assert.equal(count(log, /connected to chat/g), 1, log);
  });
});

describe('the command line', () => {
  let folder, config;

  before(() => {
    folder = temporary('config');
    config = join(folder, 'countersign.yaml');
  });

  const mattermost = {base_url: 'http://127.0.0.1:9', bot: {token: 'x'}, team: {name: 'acme'}};

  test('explains every subcommand', async () => {
    const {code, stdout} = await run(['--help']);
    assert.equal(code, 0);
    for (const command of kCommands) {
      assert.match(stdout, new RegExp(`^ +${command} `, 'm'));
      const help = await run([command, '--help']);
      assert.equal(help.code, 0, command);
      assert.match(help.stdout, /Usage: .+ \[OPTIONS\]/, command);
      assert.equal(help.stderr, '', command);
    }
    for (const command of [['rules', 'list'], ['rules', 'test'], ['rules', 'explain'], ['db', 'migrate'], ['db', 'status']]) {
      const help = await run([...command, '--help']);
      assert.equal(help.code, 0, command.join(' '));
      assert.match(help.stdout, /--config/, command.join(' '));
    }
    assert.match((await run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  test('answers wrong usage with 2 and a line that says what is wrong', async () => {
    for (const args of [[], ['dance'], ['serve'], ['check', '--confg', 'x'], ['rules'], ['demo', '--port', 'many'], ['trace', 'nonsense']]) {
      const {code, stderr} = await run(args);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.notEqual(stderr.trim(), '', args.join(' '));
    }
  });

  test('finds a good configuration fine, without connecting to anything', async () => {
    writeConfig(config, {port: 8080, mattermost, packs: join(kRepository, 'packs')});
    const {code, stdout} = await run(['check', '--config', config]);
    assert.equal(code, 0);
    assert.match(stdout, /is fine: 1 sources, 1 chats, \d+ rules, \d+ actions/);
  });

  test('finds the example that comes with the program fine, once its secrets are there', async () => {
    const example = join(kRepository, 'config', 'examples', 'production.yaml');
    const names = [...readFileSync(example, 'utf8').matchAll(/\{env: (\w+)\}/g)].map(([, name]) => name);
    const env = {...Object.fromEntries(names.map((name) => [name, 'x'])), COUNTERSIGN_DATABASE_URL: 'postgresql:///countersign',
      SL_APP_TOKEN: 'xapp-1', SL_BOT_TOKEN: 'xoxb-1', STEP_UP_KEY: 'k'.repeat(32)};
    const fine = await run(['check', '--config', example], {env});
    assert.equal(fine.code, 0, fine.stderr);
    const {GH_SECRET: left, ...others} = env;
    const {code, stderr} = await run(['check', '--config', example], {env: others});
    assert.equal(code, 2);
    assert.match(stderr, /production\.yaml:\d+: sources\[\d\]\.secret\.env: .*GH_SECRET is not set/);
    assert.ok(left);
  });

  test('reports all that is wrong with a configuration, each with file, line and key', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, `server: {listen: "nowhere"}
chats:
  - {name: mm, kind: mattermost, url: "http://127.0.0.1:8065", token: "literal", team: acme}
notify: {chat: mm, chanel: "#ops"}
sources:
  - {name: open, kind: generic, trigger: acme.thing}
tiers: {mutatin: {approvals: 1}}
`);
    const expected = [
      /bad\.yaml:1: server\.listen: expected HOST:PORT/,
      /bad\.yaml:3: chats\[0\]\.token: a secret is \{env: NAME\} or \{file: PATH\}/,
      /bad\.yaml:4: notify\.chanel: unknown key 'chanel'; did you mean 'channel'\?/,
      /bad\.yaml:6: sources\[0\].*: .*auth/,
      /bad\.yaml:7: tiers\.mutatin: .*did you mean 'mutating'\?/,
    ];
    const {code, stderr} = await run(['check', '--config', bad]);
    assert.equal(code, 2);
    for (const line of expected) assert.match(stderr, line);
    const json = await run(['check', '--json', '--config', bad]);
    assert.equal(json.code, 2);
    const {ok, problems} = JSON.parse(json.stdout);
    assert.equal(ok, false);
    const unknown = problems.find((one) => one.key === 'notify.chanel');
    assert.deepEqual([unknown.severity, unknown.line], ['error', 4]);
    assert.ok(unknown.file.endsWith('bad.yaml'));
    const serve = await run(['serve', '--config', bad]);
    assert.equal(serve.code, 2);
    assert.match(serve.stderr, expected[2]);
    assert.equal((await run(['check', '--config', join(folder, 'nothing.yaml')])).code, 2);
  });

  test('reports what is wrong in packs: a mutating action without a rate limit, a rule without its action', async () => {
    const packs = copyOfPacks();
    const action = join(packs, 'ops', 'actions', 'rotate_logs.yaml');
    writeFileSync(action, readFileSync(action, 'utf8').replace(/^rate_limit:.*\n/m, ''));
    const rule = join(packs, 'ops', 'rules', 'rotate_logs_on_disk_full.yaml');
    const good = readFileSync(rule, 'utf8');
    writeFileSync(rule, good.replace(/^rate_limit:.*\n/m, ''));
    writeConfig(config, {port: 8080, mattermost, packs});
    const unlimited = await run(['check', '--config', config]);
    assert.equal(unlimited.code, 2);
    assert.match(unlimited.stderr, /rate_limit: ops\.rotate_logs is mutating and has no rate limit/);
    writeFileSync(rule, good.replace('ref: ops.rotate_logs', 'ref: ops.rotate_log'));
    const astray = await run(['check', '--config', config]);
    assert.equal(astray.code, 2);
    assert.match(astray.stderr, /rotate_logs_on_disk_full\.yaml:10: action\.ref: unknown action 'ops\.rotate_log'; did you mean 'ops\.rotate_logs'\?/);
  });

  test('lists rules, runs their examples, and explains an event criterion by criterion', async () => {
    const packs = copyOfPacks();
    writeConfig(config, {port: 8080, mattermost, packs});
    const list = await run(['rules', 'list', '--json', '--config', config]);
    assert.equal(list.code, 0);
    const rule = JSON.parse(list.stdout).find((one) => one.rule === 'ops.restart_on_disk_full');
    assert.deepEqual([rule.mode, rule.trigger, rule.action, rule.tests], ['live', 'prometheus.alert', 'ops.rotate_logs', 3]);

    const passed = await run(['rules', 'test', '--config', config]);
    assert.equal(passed.code, 0);
    assert.match(passed.stdout, /^3 passed, 0 failed$/m);
    const file = join(packs, 'ops', 'rules', 'rotate_logs_on_disk_full.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('expect: {match: true, parameters: {host: web-3}}', 'expect: {match: true, parameters: {host: web-4}}'));
    const failed = await run(['rules', 'test', '--config', config]);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /FAILED +ops\.restart_on_disk_full: a warning rotates the logs/);
    assert.match(failed.stdout, /rotate_logs_on_disk_full\.yaml:\d+: .*host/);
    assert.match(failed.stdout, /^2 passed, 1 failed$/m);

    const event = join(folder, 'event.json');
    writeFileSync(event, JSON.stringify({trigger: 'prometheus.alert', body: {labels: {alertname: 'DiskAlmostFull', severity: 'page', instance: 'web-3'}}}));
    const explained = await run(['rules', 'explain', '--event', event, '--config', config]);
    assert.equal(explained.code, 0);
    assert.match(explained.stdout, /ops\.restart_on_disk_full: would not match: criterion_failed/);
    assert.match(explained.stdout, /ok +trigger\.labels\.alertname equals "DiskAlmostFull"/);
    assert.match(explained.stdout, /FAILS +trigger\.labels\.severity equals "warning", the event has "page"/);
    assert.match(explained.stdout, /remediation\.auto_remediate_host_failure: would not match: other_trigger/);
    writeFileSync(event, JSON.stringify({labels: {alertname: 'DiskAlmostFull', severity: 'warning', instance: 'web-3'}}));
    const matched = await run(['rules', 'explain', '--json', '--trigger', 'prometheus.alert', '--event', event, '--config', config]);
    assert.equal(JSON.parse(matched.stdout).find((one) => one.rule === 'ops.restart_on_disk_full').matched, true);
  });

  test('answers 3 when what it needs cannot be reached', async () => {
    const port = await freePort();
    writeConfig(config, {port: 8080, mattermost, packs: join(kRepository, 'packs'), databaseUrl: `postgresql://nobody@127.0.0.1:${port}/none`});
    for (const args of [['trace', 'R1', '--config', config], ['db', 'status', '--config', config],
      ['trace', 'R1', '--state-dir', join(folder, 'never-used')]]) {
      const {code, stderr} = await run(args);
      assert.equal(code, 3, `${args.join(' ')}: ${stderr}`);
      assert.equal(count(stderr, /\n/g), 1, `one line: ${stderr}`);
    }
  });

  test('does not serve on an address that somebody else has', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const {port} = server.address();
    const state = join(folder, 'taken');
    mkdirSync(state);
    writeConfig(join(state, 'countersign.yaml'), {port, mattermost, packs: join(kRepository, 'packs'), databaseUrl: 'postgresql://nobody@127.0.0.1:9/none'});
    const {code, stderr} = await run(['serve', '--config', join(state, 'countersign.yaml')]);
    server.close();
    assert.equal(code, 3, stderr);
    assert.match(stderr, new RegExp(`^countersign: .*127\\.0\\.0\\.1:${port}.*in use`, 'm'));
  });
});

describe('the demo', () => {
  test('refuses a state directory in use, names who has it, and leaves the other alone', async () => {
    const bot = await startDemo();
    const config = join(bot.stateDir, 'countersign.yaml');
    const before = readFileSync(config, 'utf8');
    const {code, stderr} = await run(['demo', '--json', '--port', '0', '--state-dir', bot.stateDir]);
    assert.ok([1, 3].includes(code), `exit code ${code}`);
    assert.match(stderr, new RegExp(`in use by process ${bot.program.pid}\\b`));
    assert.equal(readFileSync(config, 'utf8'), before, 'the configuration of the first one');
    await bot.alert({instance: 'web-1'});
    const plan = await bot.chat.plan('web-1', 'waiting for approval');
    await bot.chat.alice.click(plan, 'approve');
    await bot.chat.becomes(plan, 'succeeded');
    await bot.stop();
  });

  test('prints for people an address and a curl line that fires an alert', async () => {
    const program = new Program(['demo', '--port', '0', '--state-dir', temporary('demo')]);
    await waitFor(() => program.end || /Ctrl-C stops everything/.test(program.stdout), {what: 'the demo to be up'});
    const [, curl] = /^ +(curl .*)$/m.exec(program.stdout);
    const shell = new Program(['-c', `${curl} -w '%{http_code}'`], {file: '/bin/sh'});
    await shell.wait();
    assert.match(shell.stdout, /"duplicate":false.*202$/, shell.stdout + shell.stderr);
    assert.match(program.stdout, /http:\/\/127\.0\.0\.1:\d+\//);
    await program.stop();
  });

  for (const signal of ['SIGINT', 'SIGTERM']) {
    test(`ends on ${signal} with exit code 0 and leaves no process behind`, async () => {
      const bot = await startDemo();
      const below = descendants(bot.program.pid);
      assert.ok(below.some((one) => one.name === 'postgres'), 'a private PostgreSQL runs below it');
      bot.program.signal(signal);
      assert.deepEqual(await bot.program.wait(), {code: 0, signal: null});
      bot.program.checkSanitizers();
      assert.deepEqual(below.filter(stillRuns), []);
    });
  }

  test('ends in the middle of an action without losing track of it', async () => {
    const sandbox = await startSandbox();
    const bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks()});
    await bot.alert({alertname: 'slow', instance: 'interrupted'});
    const plan = await bot.chat.plan('interrupted', 'waiting for approval');
    await bot.chat.alice.click(plan, 'approve');
    await waitFor(() => bot.ledger('interrupted').length === 1, {what: 'the action to be under way'});
    const below = descendants(bot.program.pid);
    await bot.stop();
    assert.deepEqual(below.filter(stillRuns), []);
    await bot.restart();
    await bot.chat.becomes(plan, 'outcome unknown');
    await bot.chat.inThread(plan, /What happened to R\d+\?/);
    assert.equal(bot.ledger('interrupted').length, 1);
    await bot.stop();
    await sandbox.stop();
  });
});
