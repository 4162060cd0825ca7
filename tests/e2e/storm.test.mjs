// A hundred cut connections while five hundred commands and five hundred votes flow: none is lost and none counts twice.
// COUNTERSIGN_SEED repeats a storm, COUNTERSIGN_CUTS makes it milder.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {describe, test} from 'node:test';
import {startDemo} from './support/bot.mjs';
import {Slack} from './support/slack.mjs';
import {newSeed, storm} from './support/storm.mjs';
import {waitFor} from './support/wait.mjs';

const kCommands = 500;
const kCuts = Number(process.env.COUNTERSIGN_CUTS ?? 100);
const kPatience = 400_000;

const rows = (bot, sql) => JSON.parse(execFileSync('psql', [bot.info.database_url, '-XAtc', `SELECT coalesce(json_agg(q), '[]') FROM (${sql}) q`],
    {encoding: 'utf8'}));

// For each voter a plan that needs two people, asked for by the other, so that it stays open; no more of them start in an hour.
const kVoters = ['alice', 'bob'];
const kPeople = [...kVoters, 'carol'];
const asker = (voter) => kVoters.find((other) => other !== voter);

const kinds = {
  mattermost: (bot) => ({
    people: bot.chat,
    plan: (target) => bot.chat.plan(target, 'waiting for approval'),
    cut: () => fetch(`${bot.info.mattermost.base_url}/control/sockets/cut`,
        {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({user: 'countersign'})})
        .then((answer) => answer.json()),
  }),
  slack: (bot) => {
    const slack = new Slack(bot.info.slack);
    return {
      people: slack,
      plan: (target) => slack.plan(target, 'waiting for approval'),
      cut: () => slack.control('disconnect', {mode: 'abort'}),
    };
  },
};

for (const [kind, open] of Object.entries(kinds)) {
  describe(`a storm in ${kind}`, () => {
    test('loses nothing and repeats nothing', async (t) => {
      const seed = newSeed();
      t.diagnostic(`COUNTERSIGN_SEED=${seed}`);
      const bot = await startDemo({chat: kind});
      try {
        const {people, plan, cut} = open(bot);
        const plans = {};
        for (const voter of kVoters) {
          await people[asker(voter)].say(`!remediate ops.failover_database cluster=${voter} to=db-2`);
          plans[voter] = await plan(voter);
        }
        const standing = await storm({
          seed, voters: kVoters, commands: kCommands, cuts: kCuts,
          cut: () => waitFor(async () => (await cut()).count > 0, {what: 'a connection to cut'}),
          command: (n) => people[kPeople[n % kPeople.length]].say(`!approve R999999 storm ${n}`),
          vote: (voter, add) => (add ? people[voter].react(plans[voter], '+1') : people[voter].unreact(plans[voter], '+1')),
        });
        await waitFor(() => {
          const [row] = rows(bot, `SELECT count(*)::int AS n, count(DISTINCT e.body->>'text')::int AS texts, count(d.event_id)::int AS obeyed
            FROM cs.event e LEFT JOIN cs.decision d ON d.event_id = e.event_id
            WHERE e.body->>'text' LIKE '!approve R999999 storm %'`);
          assert.deepEqual(row, {n: kCommands, texts: kCommands, obeyed: kCommands});
          return true;
        }, {what: 'every command to be obeyed once', timeout: kPatience});
        await waitFor(() => {
          const open = rows(bot, `SELECT r.run_id AS run, cardinality(a.approvers) AS votes
            FROM cs.approval a JOIN cs.run r ON r.approval_id = a.approval_id WHERE a.state = 'pending'`);
          const counted = Object.fromEntries(open.map(({run, votes}) => [`R${run}`, votes]));
          for (const voter of kVoters) assert.equal(counted[plans[voter].run], standing.has(voter) ? 1 : 0, `${voter}: ${JSON.stringify(counted)}`);
          return true;
        }, {what: 'the votes that stand in the chat to be those that count', timeout: kPatience});
        const [twice] = rows(bot, 'SELECT count(*)::int AS n FROM (SELECT act_id FROM cs.vote GROUP BY act_id HAVING count(*) > 1) same');
        assert.equal(twice.n, 0);
      } finally {
        await bot.stop();
      }
    });
  });
}
