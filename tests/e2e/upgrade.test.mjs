// Two versions of the program on one database. The later one is this program with a folder that gives it another version and more migrations
// (bot/store/program.h): beside one that only adds, old and new work together; any other waits for the old ones to end, and refuses them from then on.
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {startFleet} from './support/fleet.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {temporary} from './support/state.mjs';
import {waitFor} from './support/wait.mjs';

// What every program reads all the time has one column more from then on.
const kAdds = `-- Additive. Another column.
ALTER TABLE cs.event ADD COLUMN later text;
DO $$ BEGIN
  EXECUTE 'CREATE OR REPLACE VIEW cs.run_row AS ' ||
    regexp_replace(pg_get_viewdef('cs.run_row'), '\\s+FROM cs\\.run;', ', 0 AS later FROM cs.run');
  ASSERT (SELECT count(*) = 1 FROM information_schema.columns WHERE table_name = 'run_row' AND column_name = 'later');
END $$;
`;
const kBreaks = 'CREATE TABLE cs.unheard_of (n int);\n';

function version(name, migrations) {
  const folder = join(temporary('version'), name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'version'), `${name}\n`);
  for (const [file, text] of Object.entries(migrations)) writeFileSync(join(folder, file), text);
  return {COUNTERSIGN_NEXT: folder};
}

describe('an upgrade of replicas that are at work', () => {
  const adds = version('7.1.0', {'9001_adds.sql': kAdds});
  const breaks = version('8.0.0', {'9001_adds.sql': kAdds, '9002_breaks.sql': kBreaks});
  let fleet, chat, late;

  const known = () => fleet.sql(`SELECT string_agg(version::text, ' ') FROM cs.schema_version WHERE version > 9000`);
  const missing = async (bot) => (await (await fetch(`${bot.info.server}/readyz`)).json()).missing?.database ?? '';

  before(async () => {
    fleet = await startFleet();
    await fleet.start();
    await fleet.start();
    chat = fleet.chat;
    await fleet.deliverAll('before-', 6);
    await fleet.eachRunsOnce('before-', 6);
  });

  after(() => fleet?.stop());

  test('begins beside them, with a migration that only adds', async () => {
    await fleet.start({env: adds});
    assert.equal(known(), '9001');
    const status = await chat.alice.ask('!status');
    assert.equal(status.match(/Replica:/g)?.length, 3, status);
    assert.equal(status.match(/Replica:.* 7\.1\.0,/g)?.length, 1, status);
    await fleet.deliverAll('mixed-', 9);
    await fleet.eachRunsOnce('mixed-', 9);
  });

  test('replaces one after the other: nothing is lost, done twice or said twice (I2, I4, I16)', async () => {
    const flowing = fleet.deliverAll('roll-', 20);
    for (const bot of fleet.bots.slice(0, 2)) {
      await bot.stop();
      await bot.restart(adds);
    }
    await flowing;
    await fleet.eachRunsOnce('roll-', 20);
    const status = await chat.alice.ask('!status');
    assert.equal(status.match(/Replica:.* 7\.1\.0,/g)?.length, 3, status);
  });

  test('can be taken back as long as nothing but additions came with it', async () => {
    await fleet.bots[0].stop();
    await fleet.bots[0].restart();
    await fleet.deliverAll('back-', 6);
    await fleet.eachRunsOnce('back-', 6);
  });

  test('waits where it would break those that work, says for whom, and they go on', async () => {
    late = await fleet.start({env: breaks, waits: false});
    const why = await waitFor(async () => (await missing(late)).match(/9002 waits until these older programs have ended: .*/)?.[0],
        {what: 'the new program to wait'});
    assert.equal(why.match(/7\.1\.0/g)?.length, 2, why);
    assert.equal(known(), '9001');
    await fleet.deliverAll('beside-', 6);
    await fleet.eachRunsOnce('beside-', 6);
  });

  test('goes on as soon as they have ended, and an old program is refused from then on (T57)', async () => {
    for (const bot of fleet.bots.slice(0, 3)) await bot.stop();
    await late.ready();
    assert.equal(known(), '9001 9002');
    await fleet.deliverAll('after-', 6);
    await fleet.eachRunsOnce('after-', 6);

    const old = await fleet.start({waits: false});
    await waitFor(async () => /a newer countersign has been here/.test(await missing(old)), {what: 'the old program to be refused'});
    await assertInvariantsHold(late);
  });
});
