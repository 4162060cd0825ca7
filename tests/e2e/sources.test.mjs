// Events that nobody sends to the door: timers, programs, polled addresses and the API. Each arrives once, whatever is killed.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {Api, makeToken} from './support/api.mjs';
import {startSandbox, startServe} from './support/bot.mjs';
import {preparePostgres, query} from './support/postgres.mjs';
import {run} from './support/program.mjs';
import {temporary} from './support/state.mjs';
import {waitFor} from './support/wait.mjs';

// A pack whose rules look at what the sources of this test give.
function packs() {
  const folder = join(temporary('packs'), 'packs');
  const pack = join(folder, 'watch');
  for (const name of ['actions', 'rules']) mkdirSync(join(pack, name), {recursive: true});
  writeFileSync(join(pack, 'pack.yaml'), 'name: watch\ndescription: Looks.\nversion: 1.0.0\n');
  writeFileSync(join(pack, 'actions', 'look.yaml'), JSON.stringify({name: 'look', runner_type: 'noop', tier: 'read_only'}));
  const rule = (name, trigger) => writeFileSync(join(pack, 'rules', `${name}.yaml`), JSON.stringify({
    name, pack: 'watch', trigger, action: {ref: 'watch.look'}}));
  rule('each_second', {type: 'core.st2.CronTimer', parameters: {second: '*/2', timezone: 'Europe/Berlin'}});
  rule('tenth', {type: 'core.st2.IntervalTimer', parameters: {unit: 'seconds', delta: 10}});
  rule('line', {type: 'line.printed'});
  return folder;
}

describe('sources of events', () => {
  let database, server, sandbox, bots, queue, page, asked, script;

  const sql = (text) => query(database.url, text);
  const count = async (where) => Number(await sql(`SELECT count(*) FROM cs.event WHERE ${where}`));

  // Adds sensors to the configuration that startServe has written, and lets the bot read it.
  async function addSensors(bot) {
    const config = JSON.parse(readFileSync(bot.config, 'utf8'));
    config.sensors = [
      {name: 'lines', kind: 'exec', trigger: 'line.printed', ...(process.getuid() === 0 ? {user: 'root'} : {}),
        command: ['/bin/sh', script, queue], restart: {base: '100ms', cap: '1s'}, dedup: {key: '{{ item.id }}'}},
      {name: 'tickets', kind: 'poll', trigger: 'ticket', url: `http://127.0.0.1:${page.address().port}/tickets`, every: '1s',
        items: 'tickets', dedup: {key: '{{ item.id }}'}, retry: {base: '100ms', cap: '1s'},
        cursor: {from: '{{ last.id }}', send: {query: 'after'}}},
    ];
    writeFileSync(bot.config, JSON.stringify(config));
    bot.program.signal('SIGHUP');
  }

  before(async () => {
    const folder = temporary('sensor');
    queue = join(folder, 'queue');
    script = join(folder, 'lines.sh');
    writeFileSync(queue, '');
    // Prints the whole queue whenever it is started, and then what is added: as a program that knows nothing about us.
    writeFileSync(script, 'exec tail -n +1 -F "$1"\n');
    asked = [];
    page = createServer((request, response) => {
      const from = Number(new URL(request.url, 'http://x').searchParams.get('after') ?? 0);
      asked.push(from);
      response.end(JSON.stringify({tickets: [1, 2, 3].map((n) => ({id: from + n})).filter(({id}) => id <= 7)}));
    });
    await new Promise((resolve) => page.listen(0, '127.0.0.1', resolve));
    database = await preparePostgres();
    server = await database.start();
    sandbox = await startSandbox();
    const folderOfPacks = packs();
    const start = () => startServe({mattermost: sandbox.mattermost, packs: folderOfPacks, databaseUrl: database.url});
    bots = [await start(), await start()];
    for (const bot of bots) await addSensors(bot);
  });

  after(async () => {
    for (const bot of bots ?? []) if (!bot.program.end) await bot.stop();
    await sandbox?.stop();
    page?.close();
    server?.signal('SIGINT');
    await server?.wait();
  });

  test('a timer fires once for each moment, with two replicas', async () => {
    await waitFor(async () => await count(`trigger = 'core.st2.CronTimer'`) >= 5, {what: 'five moments'});
    assert.equal(await sql(`SELECT count(*) - count(DISTINCT delivery_id) FROM cs.event WHERE source = 'timer'`), '0');
    const [body] = (await sql(`SELECT body FROM cs.event WHERE trigger = 'core.st2.CronTimer' LIMIT 1`)).split('\n');
    assert.deepEqual(JSON.parse(body).schedule, {second: '*/2', timezone: 'Europe/Berlin'});
    assert.match(JSON.parse(body).executed_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d[02468]Z$/);
  });

  test('a timer is looked at by the rules that name it only', async () => {
    await waitFor(async () => await count(`trigger = 'core.st2.IntervalTimer'`) >= 1, {what: 'the interval to end'});
    await waitFor(async () => await sql(`SELECT count(*) FROM cs.decision d JOIN cs.event e USING (event_id)
      WHERE d.rule = 'watch.tenth' AND e.trigger = 'core.st2.IntervalTimer'`) !== '0', {what: 'its rule to look'});
    assert.equal(await sql(`SELECT count(*) FROM cs.decision d JOIN cs.event e USING (event_id)
      WHERE e.trigger = 'core.st2.CronTimer' AND d.rule <> 'watch.each_second'`), '0');
  });

  test('what a program prints becomes events, once each, and rubbish is counted', async () => {
    writeFileSync(queue, [{id: 'a'}, {id: 'b'}].map((one) => `${JSON.stringify(one)}\n`).join('') + 'rubbish\n', {flag: 'a'});
    await waitFor(async () => await count(`source = 'lines'`) === 2, {what: 'two lines'});
    await waitFor(async () => {
      const texts = await Promise.all(bots.map(async (bot) => (await fetch(`${bot.info.server}/metrics`)).text()));
      return texts.some((text) => /countersign_sensor_refused_total\{sensor="lines"\} [1-9]/.test(text));
    }, {what: 'the rubbish to be counted'});
  });

  test('a polled address is asked on from its cursor', async () => {
    await waitFor(async () => await count(`source = 'tickets'`) === 7, {what: 'seven tickets'});
    await waitFor(() => asked.includes(7), {what: 'the question after the last one'});
    assert.equal(await sql(`SELECT cursor FROM cs.sensor WHERE sensor = 'tickets'`), '7');
    assert.deepEqual([...new Set(asked)], [0, 3, 6, 7]);
  });

  test('one replica runs a sensor, and when it is killed the other goes on where it was', async () => {
    const holder = await sql(`SELECT replica FROM cs.sensor WHERE sensor = 'lines'`);
    const at = bots.findIndex((bot) => readFileSync(join(bot.stateDir, 'replica'), 'utf8').trim() === holder);
    assert.notEqual(at, -1);
    await bots[at].kill9();
    writeFileSync(queue, `${JSON.stringify({id: 'c'})}\n`, {flag: 'a'});
    await waitFor(async () => await count(`source = 'lines'`) === 3, {what: 'the other replica to take over'});
    assert.equal(await count(`source = 'tickets'`), 7, 'no ticket twice');
    await bots[at].restart();
    assert.equal(await sql(`SELECT count(*) - count(DISTINCT delivery_id) FROM cs.event WHERE source IN ('timer', 'lines', 'tickets')
      AND trigger <> 'core.st2.IntervalTimer'`), '0');
  });

  test('while the database is away nothing is lost, and timers go on afterwards', async () => {
    const before = await count(`source = 'timer'`);
    server.signal('SIGINT');
    await server.wait();
    writeFileSync(queue, `${JSON.stringify({id: 'd'})}\n`, {flag: 'a'});
    server = await database.start();
    await waitFor(async () => await count(`source = 'lines'`) === 4, {what: 'the line that waited'});
    await waitFor(async () => await count(`source = 'timer'`) > before, {what: 'the timers to go on'});
    assert.equal(await sql(`SELECT count(*) - count(DISTINCT delivery_id) FROM cs.event WHERE trigger = 'core.st2.CronTimer'`), '0');
  });

  test('a token posts events, a repeat is the same event, and the types of the bot are refused', async () => {
    const {token} = await makeToken(['--config', bots[0].config], 'mm:alice');
    const api = new Api(bots[0].info.server, {token});
    const post = (body) => api.call('POST', '/api/v1/events', {body});
    const event = {trigger: 'line.printed', payload: {id: 'by hand'}, dedup_key: 'once'};
    const first = await post(event);
    assert.equal(first.status, 202, first.text);
    const again = await post(event);
    assert.deepEqual([again.status, again.body.event], [200, first.body.event]);
    assert.equal((await post({...event, payload: {id: 'else'}})).status, 409);
    assert.equal((await post({...event, trigger: 'core.st2.CronTimer'})).status, 403);
    await waitFor(async () => await sql(`SELECT string_agg(rule, ' ') FROM cs.decision WHERE event_id = ${first.body.event}`) === 'watch.line',
        {what: 'the rules to look at it'});
    assert.match(await sql(`SELECT source FROM cs.event WHERE event_id = ${first.body.event}`), /^api:\w/);
    const {paths} = (await api.get('/api/v1/openapi.json')).body;
    assert.deepEqual(Object.keys(paths['/api/v1/events'].post.responses).filter((status) => status < 300), ['200', '202']);
  });

  test('the command line lists the timers with when they fire next', async () => {
    const {code, stdout} = await run(['timers', 'list', '--config', bots[0].config, '--json']);
    assert.equal(code, 0);
    const {timers} = JSON.parse(stdout);
    assert.deepEqual(timers.map(({rules}) => rules[0]).sort(), ['watch.each_second', 'watch.tenth']);
    assert.equal(timers.find(({trigger}) => trigger === 'core.st2.CronTimer').next.length, 3);
    const text = await run(['timers', 'list', '--config', bots[0].config]);
    assert.match(text.stdout, /core\.st2\.CronTimer second=\*\/2 \(Europe\/Berlin\)\n {2}rule watch\.each_second\n {2}\w{3} \d{4}-/);
  });
});
