// What the doctor says about the database of a running bot.
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {run} from './program.mjs';

// {code, report, stdout}; the report is what --json prints.
export async function askDoctor(bot, flags = ['--json']) {
  const {code, stdout} = await run(['doctor', '--invariants', '--config', join(bot.stateDir, 'countersign.yaml'), ...flags]);
  return {code, stdout, report: flags.includes('--json') ? JSON.parse(stdout) : undefined};
}

export async function assertInvariantsHold(bot) {
  const {code, stdout, report} = await askDoctor(bot);
  assert.equal(code, 0, stdout);
  assert.ok(report.ok, stdout);
}
