import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventCounter, listen, queueOf } from './event-stream.ts';

describe('events of a stream', () => {
  it.each([
    ['one', ['id: 0:7\nevent: batch\ndata: {}\n\n'], 1],
    ['two in one chunk', ['data: 1\n\ndata: 2\n\n'], 2],
    ['one in many chunks', ['da', 'ta: 1', '\n', '\n'], 1],
    ['lines that end otherwise', ['data: 1\r\n\r', '\ndata: 2\r\rdata\n\n'], 3],
    ['data of several lines', ['data: 1\ndata: 2\n\n'], 1],
    ['one that has not ended', ['data: 1\n'], 0],
    ['a sign of life', [': still here\n\n', ':\n\n', '\n\n'], 0],
    ['a retry time alone', ['retry: 1000\n\n'], 0],
  ])('%s', (_name, chunks, expected) => {
    const count = eventCounter();
    expect(chunks.reduce((sum, chunk) => sum + count(chunk), 0)).toBe(expected);
  });
});

describe('a server', () => {
  const never = new AbortController().signal;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== 'Bearer good') response.writeHead(401).end();
    else if (request.url === '/metrics')
      response.end('# HELP x\nonhand_ledger_queue_commands 12\n');
    else if (request.url === '/quiet/metrics') response.end('');
    else {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': hello\n\n');
      setTimeout(() => response.write('id: 0:1\ndata: {}\n\n'), 20);
      if (request.url === '/ends') setTimeout(() => response.end(), 60);
    }
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is listened to until its stream ends', async () => {
    const told: string[] = [];
    const tell = (what: string) => () => told.push(what);
    await listen(`${url}/ends`, 'good', never, tell('open'), tell('event'));
    expect(told).toEqual(['open', 'event']);
  });

  it('is listened to until the listener has had enough', async () => {
    const enough = new AbortController();
    const listening = listen(
      `${url}/on`,
      'good',
      enough.signal,
      () => {},
      () => enough.abort(),
    );
    await expect(listening).rejects.toThrow('aborted');
  });

  it('that refuses the key, or is away, is told apart', async () => {
    const nothing = () => {};
    const refused = listen(`${url}/ends`, 'bad', never, nothing, nothing);
    await expect(refused).rejects.toMatchObject({ status: 401 });
    const away = listen('http://127.0.0.1:1/', 'good', never, nothing, nothing);
    await expect(away).rejects.not.toHaveProperty('status');
  });

  it('tells its queue in its metrics', async () => {
    expect(await queueOf(url, 'good', never)).toBe(12);
    expect(await queueOf(`${url}/quiet`, 'good', never)).toBeUndefined();
  });
});
