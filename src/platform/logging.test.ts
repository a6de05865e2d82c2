import { describe, expect, it } from 'vitest';
import { createLogTo } from './logging.ts';

function logged(work: (log: ReturnType<typeof createLogTo>) => void): Record<string, unknown> {
  let line = '';
  const stream = {
    write(text: string) {
      line += text;
    },
  };
  work(createLogTo({ logLevel: 'info' }, stream));
  return JSON.parse(line);
}

describe('a log line', () => {
  it('keeps the fields that are allowed, and names those it dropped', () => {
    const line = logged((log) => log.info({ route: '/v1/keys', authorization: 'Bearer x' }, 'hi'));
    expect(line).toMatchObject({ msg: 'hi', route: '/v1/keys', dropped: ['authorization'] });
    expect(JSON.stringify(line)).not.toContain('Bearer');
  });

  it('drops the same from bindings of a child', () => {
    const line = logged((log) => log.child({ reqId: '7', password: 'hunter2' }).warn('hi'));
    expect(line.reqId).toBe('7');
    expect(JSON.stringify(line)).not.toContain('hunter2');
  });

  it('shows an error without its further members, which may hold values of rows', () => {
    const error = Object.assign(new TypeError('bad'), { code: '23505', detail: 'Key (x)=(y)' });
    const { err } = logged((log) => log.error({ err: error }, 'failed'));
    expect(err).toMatchObject({ type: 'TypeError', message: 'bad', code: '23505' });
    expect(JSON.stringify(err)).not.toContain('Key (x)');
  });

  it('below the level is not written', () => {
    expect(() => logged((log) => log.debug('quiet'))).toThrow('JSON');
  });
});
