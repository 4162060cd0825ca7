// Rounds of alerts, commands, votes and trouble, drawn from a seed. After every fifty the trouble is over, all must come to rest, and the ledger kept
// by what the actions act upon is compared with the record (I1 to I5, I12 to I14, T52, T54, T56).
// COUNTERSIGN_SEED repeats a campaign, COUNTERSIGN_ROUNDS says how long it is.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {setTimeout as pass} from 'node:timers/promises';
import {alert} from './support/alerts.mjs';
import {drawCampaign} from './support/campaign.mjs';
import {commandOf, heard, judge} from './support/campaign_judge.mjs';
import {World} from './support/campaign_world.mjs';
import {letTimePass} from './support/clock.mjs';
import {assertInvariantsHold} from './support/invariants.mjs';
import {newSeed} from './support/storm.mjs';
import {waitFor} from './support/wait.mjs';

const kRounds = Number(process.env.COUNTERSIGN_ROUNDS ?? 1000);
const kPatience = 180_000;
const kPause = 25;  // of what is sent, on average, and between two strikes afterwards

// A sender repeats what was not answered 2xx, to whichever replica answers. The last answer.
function deliver(world, round) {
  let to = round.to;
  return waitFor(async () => {
    const {bot} = world.replica(to++);
    const answer = await bot.deliver(alert({alertname: round.action, instance: round.target, status: round.sent === 'resolve' ? 'resolved' : 'firing'}))
        .catch(() => undefined);
    return answer?.status < 300 && answer;
  }, {what: `the alert of ${round.target} to be taken`, timeout: kPatience});
}

const say = (world, round) => world.people.chat.carol.say(commandOf(round));

// What is not at rest.
async function open(world) {
  const [now] = await world.rows(`SELECT (SELECT count(*) FROM cs.event_queue)::int AS events,
    (SELECT count(*) FROM cs.outbox WHERE state IN ('queued', 'sending'))::int AS messages,
    ARRAY(SELECT json_build_object('run', 'R' || run_id, 'state', state, 'target', parameters->>'host', 'action', action) FROM cs.run
          WHERE state IN ('planned', 'awaiting_approval', 'ready', 'claimed', 'executing', 'unknown')) AS runs`);
  const left = (run) => run.state === 'awaiting_approval' && world.people.leaves(world.people.roundOf(run));
  return {...now, runs: now.runs.filter((run) => !left(run))};
}

async function rest(world) {
  await waitFor(async () => {
    const now = await open(world);
    if (now.events + now.messages + now.runs.length === 0) return true;
    await letTimePass((text) => world.sql(text));
    for (const run of now.runs) world.people.insist(run);
    throw new Error(JSON.stringify(now));
  }, {what: 'everything to come to rest', timeout: kPatience});
}

async function play(world, batch) {
  const under = [];
  const strike = (n) => {
    for (const fault of batch.faults) if (fault.at === n) world.strike(fault);
  };
  for (const [n, round] of batch.rounds.entries()) {
    strike(n);
    world.people.expect(round);
    under.push(round.sent === 'command' ? say(world, round) : deliver(world, round));
    await pass(round.gap);
  }
  const last = Math.max(...batch.faults.map(({at}) => at));
  for (let n = batch.rounds.length; n <= last; n += 1) {
    strike(n);
    await pass(kPause);
  }
  await world.heal();
  world.letGo(batch.number);
  const answers = await Promise.all(under);
  const said = batch.rounds.filter(({sent}) => sent === 'command');
  await waitFor(async () => {
    const missing = (await heard(world, said)).filter(({times, events}) => events < times);
    assert.deepEqual(missing, []);
    return true;
  }, {what: 'every command to be heard', timeout: kPatience});
  await rest(world);
  await judge(world, batch, {said, taken: answers.filter(({body}) => body?.event).map(({body}) => body.event)});
}

describe('a campaign', () => {
  test('in which nothing is lost and nothing runs twice', async () => {
    const seed = newSeed();
    const replay = `COUNTERSIGN_SEED=${seed} COUNTERSIGN_ROUNDS=${kRounds} node --test tests/e2e/campaign.test.mjs`;
    console.log(replay);
    let batch;
    try {
      for (const life of drawCampaign(seed, kRounds)) {
        const world = new World();
        try {
          await world.start(life.replicas);
          for (batch of life.batches) await play(world, batch);
          for (const {bot} of world.replicas.slice(0, 1)) await assertInvariantsHold(bot);
        } finally {
          await world.stop();
        }
      }
    } catch (error) {
      error.message += `\n\nin batch ${batch?.number}, with ${JSON.stringify(batch?.faults)}\nagain: ${replay}`;
      throw error;
    }
  });
});
