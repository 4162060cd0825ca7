// What a campaign is made of, drawn from a seed before anything happens: who sends what, who does what about it, and what goes wrong meanwhile. The
// same seed draws the same, whatever the bot makes of it.
import {kCuts} from './proxy.mjs';
import {chance} from './storm.mjs';

const kBatch = 50;     // rounds between two rests
const kTail = 3;       // trouble goes on for so much longer than things are sent
const kLives = 10;     // batches of one life: so many replicas, so long

// Each with how often it comes, of a hundred or so.
const kSent = {alert: 62, redelivery: 14, resolve: 8, command: 16};
const kActions = {quick: 44, harmless: 20, failing: 10, ambiguous: 10, untouched: 6, hanging: 10};
const kActs = {
  approve: 50, double: 10, both: 9, quarrel: 8, deny: 6, cancel: 5, approveAndCancel: 4, stranger: 4, nobody: 4,
};
const kSettled = {happened: 45, nothappened: 35, rerun: 20};
const kFaults = {
  kill: 20, leave: 6, pause: 9, zombie: 9, cutCommit: 20, cutBytes: 7, cutAll: 6, stall: 6, noDatabase: 5, killPostgres: 5, chatRefuses: 7, chatCut: 6,
};
const kPoints = [
  'accept.before_commit', 'accept.after_commit', 'decide.claimed', 'decide.before_commit', 'decide.after_commit', 'plan.claimed',
  'plan.before_commit', 'plan.after_commit', 'vote.before_commit', 'vote.after_commit', 'claim.before_commit', 'claim.after_commit',
  'intent.before_commit', 'intent.after_commit', 'act.after', 'outcome.before_commit', 'outcome.after_commit', 'outbox.before_send',
  'outbox.after_send', 'outbox.before_commit', 'outbox.after_commit', 'hold.before_commit', 'hold.after_commit', 'handover.before_commit',
  'handover.after_commit', 'position.before_commit', 'position.after_commit',
];

class Dice {
  constructor(seed) {
    this.below = chance(seed);
    for (let i = 0; i < 8; i += 1) this.below(2);  // small seeds begin alike
  }

  one(list) {
    return list[this.below(list.length)];
  }

  of(weights) {
    let at = this.below(Object.values(weights).reduce((sum, weight) => sum + weight, 0));
    return Object.entries(weights).find(([, weight]) => (at -= weight) < 0)[0];
  }
}

function drawRound(dice, target, earlier) {
  const sent = earlier.length > 0 ? dice.of(kSent) : 'alert';
  const again = earlier.length > 0 && dice.one(earlier);
  const round = {
    sent, target, gap: dice.below(50), to: dice.below(97), action: dice.of(kActions), act: dice.of(kActs), by: dice.below(2), emoji: dice.below(3) > 0,
    settled: dice.of(kSettled), rerun: dice.of(kActs),
  };
  if (sent === 'redelivery' || sent === 'resolve') return {...round, target: again.target, action: again.action};
  // A command may ask for another run on a target that has one (I14).
  return sent === 'command' && dice.below(3) === 0 ? {...round, target: again.target} : round;
}

function drawFault(dice, rounds) {
  return {
    kind: dice.of(kFaults), at: dice.below(rounds * kTail), replica: dice.below(97), lasts: 50 + dice.below(700), where: dice.one(kCuts),
    nth: 1 + dice.below(12), byte: 1 + dice.below(20_000), point: dice.below(2) ? dice.one(kPoints) : '', passes: dice.below(8),
    calls: 1 + dice.below(4), status: dice.one([429, 500, 503]),
  };
}

function drawBatch(dice, number, rounds) {
  const all = [];
  for (let n = 0; n < rounds; n += 1) all.push(drawRound(dice, `b${number}-${n}`, all));
  const faults = Array.from({length: 3 + dice.below(5)}, () => drawFault(dice, rounds));
  return {number, rounds: all, faults};
}

// [{replicas, batches: [{number, rounds, faults}]}], one after the other.
export function drawCampaign(seed, rounds) {
  const dice = new Dice(seed);
  const lives = [];
  for (let left = rounds, number = 0; left > 0; number += 1) {
    if (number % kLives === 0) lives.push({replicas: 1 + dice.below(2), batches: []});
    lives.at(-1).batches.push(drawBatch(dice, number, Math.min(kBatch, left)));
    left -= kBatch;
  }
  return lives;
}
