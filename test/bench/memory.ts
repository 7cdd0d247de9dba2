// The peak of this process's resident memory.
import { readFileSync } from 'node:fs';

/** VmHWM of /proc/PID/status, in bytes. */
export const highWaterMark = (status: string): number | undefined => {
  const found = /^VmHWM:\s*(\d+) kB$/m.exec(status);
  return found?.[1] === undefined ? undefined : Number(found[1]) * 1024;
};

/** Bytes. Not `maxRSS` on Linux, which a child process has from its parent: as much as that had when it was forked. */
export const peakMemory = (): number => {
  try {
    const mark = highWaterMark(readFileSync('/proc/self/status', 'utf8'));
    if (mark !== undefined) return mark;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
};
