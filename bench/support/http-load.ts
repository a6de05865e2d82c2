import { connect, type Socket } from 'node:net';
import { newId } from '../../src/platform/ids.ts';
import { percentile } from './report.ts';

/**
 * A load generator over HTTP: keep-alive connections with one request in flight each. It reads
 * just enough of an answer to know its status and its end, so that the machine it shares with the
 * server goes to the server.
 */
export interface HttpLoad {
  readonly port: number;
  readonly key: string;
  readonly connections: number;
  readonly seconds: number;
  readonly path: string;
  /** The JSON of the next request. */
  body(): string;
}

/** What a load process prints. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly refused: number;
  readonly p50: number;
  readonly p99: number;
}

function request(load: HttpLoad): string {
  const text = load.body();
  return (
    `POST ${load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
    `Authorization: Bearer ${load.key}\r\n` +
    `Idempotency-Key: ${newId()}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  );
}

interface Tally {
  done: number;
  refused: number;
  readonly latencies: number[];
}

/** One connection: asks, waits for the whole answer, asks again until the time is over. */
function run(load: HttpLoad, tally: Tally, end: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(load.port, '127.0.0.1');
    socket.setNoDelay(true);
    let [received, missing, sentAt] = ['', 0, 0];
    const ask = (): void => {
      if (performance.now() >= end) {
        socket.destroy();
        resolve();
        return;
      }
      [received, missing, sentAt] = ['', 0, performance.now()];
      socket.write(request(load));
    };
    const answered = (): void => {
      tally.latencies.push(performance.now() - sentAt);
      tally.done += 1;
      if (!/^HTTP\/1.1 20/.test(received)) tally.refused += 1;
      ask();
    };
    socket.on('data', (chunk) => {
      if (missing > 0) missing -= chunk.length;
      else {
        received += chunk.toString('latin1');
        const head = received.indexOf('\r\n\r\n');
        if (head < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
        missing = length - (received.length - head - 4);
      }
      if (missing === 0) answered();
      else if (missing < 0) reject(new Error('an answer is longer than it says'));
    });
    socket.on('connect', ask);
    socket.on('error', reject);
  });
}

/** Runs a load to its end. */
export async function runLoad(load: HttpLoad): Promise<LoadResult> {
  const tally: Tally = { done: 0, refused: 0, latencies: [] };
  const started = performance.now();
  const end = started + load.seconds * 1000;
  await Promise.all(Array.from({ length: load.connections }, () => run(load, tally, end)));
  return {
    requestsPerSecond: (tally.done / (performance.now() - started)) * 1000,
    refused: tally.refused,
    p50: percentile(tally.latencies, 0.5),
    p99: percentile(tally.latencies, 0.99),
  };
}
