// Time in the tests: what waits for a lease to end need not wait for the clock, and a process may be told a wrong time.
import {execFileSync} from 'node:child_process';
import {closeSync, existsSync, openSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {temporary} from './state.mjs';

// The leases that nobody has done anything under for two seconds are over. Their holder may well live: that is a case the fence is for.
export function endIdleLeases(sql) {
  return sql(`UPDATE cs.run SET lease_until = clock_timestamp(), next_at = least(next_at, clock_timestamp())
       WHERE state IN ('planned', 'claimed', 'executing') AND lease_until > clock_timestamp() AND updated_at < clock_timestamp() - interval '2 s';
       UPDATE cs.event_queue SET next_at = clock_timestamp()
       WHERE lease_owner IS NOT NULL AND next_at BETWEEN clock_timestamp() AND clock_timestamp() + interval '28 s'`);
}

// The leases of one replica are over, on its runs and on the chats it speaks in.
export function endLeasesOf(sql, replica) {
  return sql(`UPDATE cs.run SET lease_until = clock_timestamp() WHERE lease_owner = '${replica}';
    UPDATE cs.chat_sender SET lease_until = clock_timestamp() WHERE replica = '${replica}'`);
}

// Whatever waits for its time has come to it: leases that nobody has done anything under for half a second, the next try, the next sending.
export function letTimePass(sql) {
  return sql(`UPDATE cs.run SET lease_until = CASE WHEN lease_owner IS NOT NULL THEN clock_timestamp() END, next_at = least(next_at, clock_timestamp())
       WHERE state IN ('planned', 'ready', 'claimed', 'executing') AND updated_at < clock_timestamp() - interval '500 ms'
         AND (next_at > clock_timestamp() OR lease_until > clock_timestamp());
       UPDATE cs.event_queue SET next_at = clock_timestamp() WHERE next_at BETWEEN clock_timestamp() AND clock_timestamp() + interval '29.5 s';
       UPDATE cs.outbox SET next_at = clock_timestamp() WHERE state IN ('queued', 'sending') AND next_at > clock_timestamp()`);
}

// The wall clock of the processes that are started in this environment; it can be set while they run. Their monotonic clock and their timers go on as
// they were. (libfaketime would change the timers as well: no timer of Boost.Asio is due any more.)
export class WrongClock {
  #folder = temporary('clock');

  constructor() {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', this.#library, fileURLToPath(new URL('wrong_clock.c', import.meta.url))]);
    this.set(0);
  }

  get #library() {
    return join(this.#folder, 'wrong_clock.so');
  }

  get #file() {
    return join(this.#folder, 'offset');
  }

  // So many hours later than it is.
  set(hours) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(hours * 3600));
    const file = openSync(this.#file, existsSync(this.#file) ? 'r+' : 'w');
    writeSync(file, bytes, 0, 8, 0);
    closeSync(file);
  }

  get environment() {
    // The address sanitizer wants to be loaded first, but can do without.
    return {
      LD_PRELOAD: this.#library, WRONG_CLOCK: this.#file,
      ASAN_OPTIONS: [process.env.ASAN_OPTIONS, 'verify_asan_link_order=0'].filter(Boolean).join(':'),
    };
  }
}
