import { fine, problem, warning, type Finding } from './finding.ts';

const patienceMs = 3_000;
/** The header that tells the time counts whole seconds. */
const grainMs = 1_000;
const farMsMax = 5_000;

/**
 * The clock of this machine against another node's, as it tells it over HTTP. Clocks decide nothing between nodes, but the times of
 * entities, and how long idempotency keys are kept, are the leader's.
 */
export async function lookAtClock(id: string, publicUrl: string): Promise<Finding> {
  const subject = `${id} at ${publicUrl}`;
  const sentMs = Date.now();
  const there = await timeAt(publicUrl);
  if (there === null)
    return warning('CLOCK', subject, {
      message: 'it does not answer, so its clock cannot be compared',
      advice: 'start it, or mend its address (--public-urls)',
    });
  const receivedMs = Date.now();
  // What is certain: how far the other clock lies outside the moments between asking and knowing.
  const aheadMs = Math.max(0, there - receivedMs);
  const behindMs = Math.max(0, sentMs - (there + grainMs));
  const offMs = Math.max(aheadMs, behindMs);
  if (offMs <= farMsMax) return fine('CLOCK', subject, 'agrees with this machine to a few seconds');
  return problem('CLOCK', subject, {
    message: `its clock is ${Math.round(offMs / 1_000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the one here`,
    advice: 'one of the two is wrong: let NTP keep both (`timedatectl set-ntp true`, or chrony)',
  });
}

async function timeAt(publicUrl: string): Promise<number | null> {
  try {
    const response = await fetch(`${publicUrl}/health/live`, { signal: AbortSignal.timeout(patienceMs) });
    await response.body?.cancel();
    const time = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(time) ? null : time;
  } catch {
    return null;
  }
}
