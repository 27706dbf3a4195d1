import { failureOf } from '../connection/failure.ts';
import { graphClient } from '../connection/graph-client.ts';
import { SetLinkDocument } from '../generated/graphql.ts';
import { showToast } from '../shell/toasts.ts';
import { telemetry } from './cluster-feed.ts';

/** A link that was joined comes up when its two nodes find each other; until then it is shown as what it is again. */
const JOINED_WITHIN_MS = 2_000;

/** Cuts one direction, or joins it again. Shown at once; a refusal takes that back and says why. */
export async function setLink(from: string, to: string, connected: boolean): Promise<void> {
  telemetry.wantLink(from, to, connected);
  const result = await graphClient.mutation(SetLinkDocument, { from, to, connected });
  if (result.error === undefined && typeof result.data?.setLink?.id === 'string') {
    setTimeout(() => telemetry.forgetLink(from, to, connected), JOINED_WITHIN_MS);
    return;
  }
  telemetry.forgetLink(from, to, connected);
  const failure = result.error === undefined ? null : failureOf(result.error);
  showToast({
    tone: 'bad',
    text: `The link from ${from} to ${to} is not ${connected ? 'joined' : 'cut'}. ${failure?.text ?? ''}`,
    note: failure?.code ?? '',
    retry: () => void setLink(from, to, connected),
  });
}
