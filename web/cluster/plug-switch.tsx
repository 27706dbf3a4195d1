import type { ReactNode } from 'react';
import { failureOf } from '../connection/failure.ts';
import { graphClient } from '../connection/graph-client.ts';
import { SetPluggedDocument } from '../generated/graphql.ts';
import { showToast } from '../shell/toasts.ts';
import { telemetry } from './cluster-feed.ts';
import type { NodeReading } from './cluster-reading.ts';

/** Unplugs a node from its cluster, or plugs it in again. It turns at once; a ring around it shows until the cluster agrees. */
export function PlugSwitch(props: { readonly reading: NodeReading }): ReactNode {
  const { node, isPlugged, isConfirmed } = props.reading;
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={isPlugged}
      aria-busy={!isConfirmed}
      aria-label={`${node.id} plugged in`}
      onClick={() => void setPlugged(node.id, !isPlugged)}
    >
      <span className="switch-knob" />
    </button>
  );
}

/** A refusal turns the switch back and says why; agreement is left to the node's own report. */
async function setPlugged(nodeId: string, plugged: boolean): Promise<void> {
  telemetry.wantPlug(nodeId, plugged);
  const result = await graphClient.mutation(SetPluggedDocument, { node: nodeId, plugged });
  if (result.data?.setPlugged?.plugged === plugged) return;
  telemetry.forgetPlug(nodeId);
  const failure = result.error === undefined ? null : failureOf(result.error);
  showToast({
    tone: 'bad',
    text: `${nodeId} is still ${plugged ? 'unplugged' : 'plugged in'}. ${failure?.text ?? ''}`,
    note: failure?.code ?? '',
    retry: () => void setPlugged(nodeId, plugged),
  });
}
