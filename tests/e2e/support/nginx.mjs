// Debian's nginx in front of the bot: on a port and with files of its own.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Program} from './program.mjs';
import {freePort, temporary} from './state.mjs';
import {waitFor} from './wait.mjs';

export const kNginx = '/usr/sbin/nginx';

// It passes on what it gets as unchanged as it can, over connections that several requests share: the case where a request
// that is understood in two ways does the most harm. It soon closes a connection on which nothing comes.
export async function startNginx(upstream) {
  const folder = temporary('nginx');
  const port = await freePort();
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => {
    mkdirSync(join(folder, name));
    return `${name}_temp_path ${join(folder, name)};`;
  });
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, `
daemon off;
worker_processes 1;
pid ${join(folder, 'pid')};
error_log ${join(folder, 'error.log')} info;
${process.getuid() === 0 ? 'user root;' : ''}
events {}
http {
  log_format statuses $status;
  access_log ${join(folder, 'statuses')} statuses;
  keepalive_timeout 1s;
  client_header_timeout 1s;
  client_body_timeout 1s;
  ${temps.join(' ')}
  upstream bot { server ${upstream}; keepalive 4; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://bot;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`);
  const program = new Program(['-c', config, '-p', folder, '-e', join(folder, 'error.log')], {file: kNginx});
  await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, {what: 'nginx to be ready'});
  // The answers to every request that nginx made out of what it got.
  const answered = () => readFileSync(join(folder, 'statuses'), 'utf8').split('\n').filter(Boolean).map(Number);
  return {port, program, answered, stop: () => (program.signal('SIGTERM'), program.wait())};
}
