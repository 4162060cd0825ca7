// Starts `countersign sandbox` on a free port and says where everything is. COUNTERSIGN_BINARY names the program.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';

export async function startSandbox() {
  const binary = process.env.COUNTERSIGN_BINARY;
  if (!binary) throw new Error('COUNTERSIGN_BINARY must name the countersign program');
  const child = spawn(binary, ['sandbox', '--json', '--port', '0'], {stdio: ['ignore', 'pipe', 'inherit']});
  const lines = createInterface({input: child.stdout});
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`countersign sandbox ended with ${code} before it was up`);
  });
  const [line] = await Promise.race([once(lines, 'line'), ended]);
  ended.catch(() => {});
  const {mattermost} = JSON.parse(line);
  return {
    ...mattermost,
    control: async (path, body) => {
      const response = await fetch(mattermost.base_url + '/control' + path, {method: 'POST', body: JSON.stringify(body)});
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
