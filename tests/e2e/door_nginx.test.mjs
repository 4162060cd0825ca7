// The smuggling corpus, byte for byte, sent to the bot directly and through nginx: never two events out of one request, and none
// out of a malformed one (T10).
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {after, before, describe, test} from 'node:test';
import {drillPacks, startSandbox, startServe} from './support/bot.mjs';
import {kNginx, startNginx} from './support/nginx.mjs';
import {preparePostgres, query} from './support/postgres.mjs';
import {exchange, statuses} from './support/raw.mjs';

const kCorpus = new URL('./smuggling/', import.meta.url);
const corpus = (kind) => readdirSync(new URL(kind, kCorpus)).sort().map((file) => ({
  name: file.replace(/\.http$/, ''), bytes: readFileSync(new URL(`${kind}/${file}`, kCorpus))}));
// nginx waits for the rest of a request that it takes for unfinished; nothing can come of one by then.
const answered = (answer) => statuses(answer).length > 0 && answer.includes('\r\n\r\n');

describe('requests that two readers could take apart differently', () => {
  let database, server, sandbox, bot, nginx, port;

  // Of all events so far, those whose request says this.
  const events = async (label) =>
    Number(await query(database.url, `SELECT count(*) FROM cs.event WHERE body #>> '{labels,instance}' = '${label}'`));
  const all = async () => Number(await query(database.url, 'SELECT count(*) FROM cs.event'));

  before(async () => {
    database = await preparePostgres();
    server = await database.start();
    sandbox = await startSandbox();
    bot = await startServe({mattermost: sandbox.mattermost, packs: drillPacks(), databaseUrl: database.url});
    port = Number(new URL(bot.info.server).port);
    nginx = await startNginx(`127.0.0.1:${port}`);
  });

  after(async () => {
    await nginx?.stop();
    await bot?.stop();
    await sandbox?.stop();
    server?.signal('SIGINT');
    await server?.wait();
  });

  test('directly: each malformed one is answered once, with 400, and the connection closed', async () => {
    for (const {name, bytes} of corpus('refused')) {
      const answer = await exchange(port, bytes);
      assert.deepEqual(statuses(answer), [400], `${name}: ${answer}`);
    }
    assert.equal(await all(), 0);
  });

  // nginx makes a good request out of some of them, and takes what follows for another one. That is its right, as long as the
  // bot sees the same requests as nginx: an event more would be one that nginx knows nothing of.
  test(`through ${kNginx}: the bot never takes a request for more than nginx did`, async () => {
    const answers = await Promise.all(corpus('refused').map(async ({name, bytes}) => `${name}: ${await exchange(nginx.port, bytes)}`));
    const accepted = () => nginx.answered().filter((status) => status === 202).length;
    assert.equal(await all(), accepted(), answers.join('\n'));
    for (const {name} of corpus('refused')) assert.ok(await events(`${name}-outer`) <= 1, name);
  });

  test('each good one makes one event, directly and through nginx', async () => {
    for (const {name, bytes} of corpus('honest')) {
      const direct = await exchange(port, bytes, {enough: answered});
      assert.deepEqual(statuses(direct), [202], `${name}: ${direct}`);
      const again = await exchange(nginx.port, bytes, {enough: answered});
      assert.deepEqual(statuses(again), [200], `${name}: ${again}`);
      assert.equal(await events(`${name}-outer`), 1, name);
    }
  });
});
