import { describe, expect, it } from 'vitest';
import { eventCounter } from './event-stream.ts';

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
