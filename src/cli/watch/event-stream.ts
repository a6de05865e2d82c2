/** The part of an event stream (WHATWG HTML, 9.2) that a listener of `onhand watch` needs. */

/**
 * Counts the events that end in a chunk of an event stream. An event is a block of lines that
 * ends with an empty one and has data; a block of comments alone only keeps the connection alive.
 */
export function eventCounter(): (chunk: string) => number {
  let rest = '';
  let hasData = false;
  return (chunk) => {
    // A carriage return at the very end may be half of a line end.
    const text = rest + chunk;
    const isHalf = text.endsWith('\r');
    const lines = (isHalf ? text.slice(0, -1) : text).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + (isHalf ? '\r' : '');
    let count = 0;
    for (const line of lines) {
      if (line === '') {
        if (hasData) count += 1;
        hasData = false;
      } else if (line === 'data' || line.startsWith('data:')) hasData = true;
    }
    return count;
  };
}

/** The server answered, but not with a stream: it does not know the key, for instance. */
export class StreamRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the server answered ${status}`);
    this.status = status;
  }
}

/**
 * Listens to an event stream until it ends or the signal says so.
 * @param onEvents told that something was posted; not what.
 * @throws StreamRefused when the server answers with an error; anything else when it is away.
 */
export async function listen(
  url: string,
  key: string,
  signal: AbortSignal,
  onOpen: () => void,
  onEvents: () => void,
): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' };
  const response = await fetch(url, { headers, signal });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new StreamRefused(response.status);
  }
  onOpen();
  const count = eventCounter();
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    if (count(decoder.decode(chunk as Uint8Array, { stream: true })) > 0) onEvents();
  }
}

/** Commands that wait in the server, from its metrics; undefined when they do not say. */
export async function queueOf(url: string, key: string, signal: AbortSignal) {
  const response = await fetch(`${url}/metrics`, {
    headers: { authorization: `Bearer ${key}` },
    signal,
  });
  const [, commands] = /^onhand_ledger_queue_commands (\d+)/m.exec(await response.text()) ?? [];
  return commands === undefined ? undefined : Number(commands);
}
