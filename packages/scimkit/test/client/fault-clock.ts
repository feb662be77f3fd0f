// Time that passes when a test says so: what is slow on a busy machine is no timeout, and silence takes no time.
import { vi } from 'vitest';

/** Takes the place of `AbortSignal.timeout`. Returns what ends all that is waited for, as a timeout does. */
export function takeTimeouts(): () => void {
  const running = new Set<AbortController>();
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    const controller = new AbortController();
    running.add(controller);
    return controller.signal;
  });
  return () => {
    for (const controller of running) controller.abort(new DOMException('Too late.', 'TimeoutError'));
    running.clear();
  };
}
