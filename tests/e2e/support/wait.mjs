// Waiting for a condition with a deadline. Tests never sleep for a while and hope.

const kPause = 50;

function shown(value) {
  if (value instanceof Error) return value.message;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text && text.length > 2000 ? text.slice(0, 2000) + '…' : text;
}

// Calls `probe` until what it returns is truthy, and returns that. A probe that throws is asked again: what it asks may be
// starting just now.
export async function waitFor(probe, {what = 'a condition', timeout = 120_000} = {}) {
  const deadline = Date.now() + timeout;
  for (;;) {
    let last;
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeout / 1000} s in vain for ${what}; the last look gave: ${shown(last)}`);
    await new Promise((resolve) => setTimeout(resolve, kPause));
  }
}
