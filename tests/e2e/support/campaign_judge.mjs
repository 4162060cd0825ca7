// After a batch has come to rest: what happened, by the ledger of what was acted upon, against what the record and the chat say.
import assert from 'node:assert/strict';
import {waitFor} from './wait.mjs';

// What the plan's message says of a run in that state.
const kWords = {
  awaiting_approval: 'waiting for approval', succeeded: 'succeeded', failed: 'failed', denied: 'denied', cancelled: 'cancelled', expired: 'expired',
  dead: 'gave up after its retries',
};

export const commandOf = ({action, target}) => `!remediate drill.${action} host=${target}`;

function runsOf(world, batch) {
  return world.rows(`SELECT 'R' || run_id AS run, encode(run_key, 'hex') AS key, state, effect, plan_no, starts, granted, parameters->>'host' AS target, action,
      outcome->>'settled_as' AS settled
    FROM cs.run WHERE parameters->>'host' LIKE 'b${batch.number}-%' ORDER BY run_id`);
}

function judgeRun(run, effects) {
  const keys = effects.map(({key}) => key);
  const wrong = [];
  const expect = (holds, what) => holds || wrong.push(`${run.run} (${JSON.stringify(run)}): ${what}; its effects: ${keys.join(' ') || 'none'}`);
  expect(run.starts <= run.granted, 'more starts than grants (I5)');
  expect(new Set(keys).size <= run.granted, 'more keys than grants (I5, I13)');
  if (run.effect === 'once') expect(keys.length === new Set(keys).size, 'one grant, two effects (I5, I12)');
  if (run.state === 'succeeded' && !run.settled) expect(keys.length > 0, 'a success without an effect');
  if (run.starts === 0) expect(keys.length === 0, 'an effect without a start (I6)');
  expect(run.state in kWords, 'no state to rest in');
  return wrong;
}

// Of each text among the commands: how often it was said, and how many events it is.
export async function heard(world, said) {
  const texts = said.map(commandOf);
  const known = await world.rows(`SELECT body->>'text' AS text, count(*)::int AS n FROM cs.event WHERE trigger = 'chat.command' GROUP BY 1`);
  return [...new Set(texts)].map((text) => ({
    text, times: texts.filter((one) => one === text).length, events: known.find((one) => one.text === text)?.n ?? 0,
  }));
}

// Throws unless all is well. `taken`: the events that were answered 2xx, `said`: the commands.
export async function judge(world, batch, {taken, said}) {
  const ledger = world.ledger().filter(({target}) => target.startsWith(`b${batch.number}-`));
  const runs = await runsOf(world, batch);
  const wrong = runs.flatMap((run) => judgeRun(run, ledger.filter(({key}) => key.startsWith(`${run.key}-`))));
  const known = new Set(runs.map(({key}) => key));
  for (const {target, key} of ledger) if (!known.has(key.split('-')[0])) wrong.push(`an effect on ${target} that no run knows of`);

  const answered = [...new Set(taken)];
  const lost = answered.length === 0 ? [] : await world.rows(`SELECT event_id FROM unnest(ARRAY[${answered.join(',')}]::bigint[]) AS asked (event_id)
    WHERE NOT EXISTS (SELECT FROM cs.decision d WHERE d.event_id = asked.event_id)
      AND NOT EXISTS (SELECT FROM cs.dead_letter l WHERE l.ref = 'event:' || asked.event_id)`);
  for (const {event_id} of lost) wrong.push(`E${event_id} was answered 2xx and has neither a decision nor a dead letter (I1, I2)`);

  for (const {text, times, events} of await heard(world, said)) if (events !== times) wrong.push(`"${text}" was said ${times} times and is ${events} events`);
  assert.deepEqual(wrong, []);

  // What is cancelled early may never have had a plan.
  const planned = runs.filter(({plan_no}) => plan_no > 0);
  await waitFor(() => {
    const shown = planned.map(({run}) => `${run} ${world.people.plans.get(run)?.state}`);
    assert.deepEqual(shown, planned.map(({run, state}) => `${run} ${kWords[state]}`));
    return true;
  }, {what: 'the chat to say what the record says', timeout: 30_000});
}
