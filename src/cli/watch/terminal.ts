import type { ReadStream, WriteStream } from 'node:tty';

/** A terminal whose whole screen is drawn, until it is given back. */
export interface Terminal {
  /** Columns and rows as they are now. */
  size(): { columns: number; rows: number };
  /** Draws these lines from the top; the screen is as long as they are. */
  draw(lines: readonly string[]): void;
  /** Gives the screen back as it was. Again is no error. */
  close(): void;
}

const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
const HOME = `${ESC}H`;
const CLEAR_LINE_END = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;
/** A terminal that holds back what is between these draws without flicker; others ignore them. */
const BEGIN_FRAME = `${ESC}?2026h`;
const END_FRAME = `${ESC}?2026l`;

const CTRL_C = '\u0003';

/**
 * Takes over the screen of a terminal: the alternate screen, so that what was there comes back.
 * @param onQuit told when the user presses q, Escape or Ctrl-C.
 * @param onResize told when the window has another size.
 */
export function openTerminal(
  input: ReadStream,
  output: WriteStream,
  onQuit: () => void,
  onResize: () => void,
): Terminal {
  const onKey = (key: Buffer) => {
    const text = key.toString('latin1');
    if (text === 'q' || text === 'Q' || text === '\u001b' || text === CTRL_C) onQuit();
  };
  const readsKeys = input.isTTY === true;
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    output.removeListener('resize', onResize);
    process.removeListener('exit', close);
    if (readsKeys) {
      input.removeListener('data', onKey);
      input.setRawMode(false);
      input.pause();
    }
    output.write(LEAVE);
  };
  output.write(ENTER);
  output.on('resize', onResize);
  if (readsKeys) {
    input.setRawMode(true);
    input.on('data', onKey);
    input.resume();
  }
  // However the process ends, the terminal is given back.
  process.on('exit', close);
  return {
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    draw: (lines) => {
      if (!isOpen) return;
      const text = lines.map((line) => `${line}${CLEAR_LINE_END}`).join('\r\n');
      output.write(`${BEGIN_FRAME}${HOME}${text}${CLEAR_BELOW}${END_FRAME}`);
    },
    close,
  };
}
