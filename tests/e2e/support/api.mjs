// The bot's API as somebody's program uses it, and tokens made on the command line. Whatever is answered is noted, so that a test can compare it
// with the OpenAPI document.
import {request} from 'node:http';
import {run} from './program.mjs';
import {waitFor} from './wait.mjs';

// `whose`: "mm:alice". Returns {id, token, ...}. `where`: ["--state-dir", ...] or ["--config", ...].
export async function makeToken(where, whose, {by = 'mm:bob', expires = '1d'} = {}) {
  const {code, stdout, stderr} = await run(['tokens', 'create', '--for', whose, '--as', by, '--reason', 'a test', '--expires', expires, '--json', ...where]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

export class Api {
  constructor(server, {token, seen = [], from} = {}) {
    Object.assign(this, {server, token, seen, from});
  }

  // The same for somebody else's token.
  as(token, {from} = {}) {
    return new Api(this.server, {token, seen: this.seen, from});
  }

  // `body`: an object, or text as it is.
  call(method, path, {body, headers = {}} = {}) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const all = {
      ...(this.token ? {Authorization: `Bearer ${this.token}`} : {}),
      ...(text === undefined ? {} : {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text)}),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const asked = request(this.server + path, {method, headers: all, localAddress: this.from, agent: false}, (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (piece) => {
          answer += piece;
        });
        response.on('end', () => {
          this.seen.push({method, path: path.split('?')[0], status: response.statusCode});
          resolve({status: response.statusCode, headers: response.headers, text: answer, body: answer && JSON.parse(answer)});
        });
      });
      asked.on('error', reject);
      asked.end(text);
    });
  }

  get(path) {
    return this.call('GET', path);
  }

  // The question about a plan in the chat, once it takes votes.
  async question(plan) {
    return waitFor(async () => {
      const {body} = await this.get(`/api/v1/approvals/${plan.run}`);
      return body.state === 'pending' && body;
    }, {what: `the question about ${plan.run}`});
  }

  // A vote on what was read. One that comes before the plan's post is noted is given again.
  async vote(approval, choice, {headers, ...more} = {}) {
    const body = {choice, plan_hash: approval.plan_hash, ...more};
    return waitFor(async () => {
      const answer = await this.call('POST', `/api/v1/approvals/${approval.id}/votes`, {body, headers});
      return answer.body.verdict !== 'not_posted' && answer;
    }, {what: `the vote on ${approval.id} to be judged`});
  }
}
