// What flows in the storm tests: commands that are only answered to whoever typed them, votes that come and go, cut connections. A cut waits for a
// connection that it can cut; what flows after it does not wait for the next one.
import {randomInt} from 'node:crypto';

// The same seed, the same storm.
export function chance(seed) {
  let state = BigInt(seed) | 1n;
  return (below) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    return Number((state >> 33n) % BigInt(below));
  };
}

export const newSeed = () => Number(process.env.COUNTERSIGN_SEED ?? randomInt(1, 2 ** 31));

// Mixed as the seed says; `command(n)`, `vote(voter, add)` and `cut()` carry one out. Returns which of the voters has a vote standing.
export async function storm({seed, voters, commands = 500, votes = 500, cuts = 100, command, vote, cut}) {
  const below = chance(seed);
  const steps = [...Array(commands).fill('command'), ...Array(votes).fill('vote'), ...Array(cuts).fill('cut')];
  for (let i = steps.length - 1; i > 0; i -= 1) {
    const j = below(i + 1);
    [steps[i], steps[j]] = [steps[j], steps[i]];
  }
  const standing = new Set();
  for (const [n, step] of steps.entries()) {
    if (step === 'cut') await cut();
    if (step === 'command') await command(n);
    if (step === 'vote') {
      const voter = voters[below(voters.length)];
      const add = !standing.delete(voter);
      if (add) standing.add(voter);
      await vote(voter, add);
    }
  }
  return standing;
}
