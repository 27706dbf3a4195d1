import { Heart } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatKnown } from '../shell/figures.ts';
import { setLiked, useOwnEdge } from './own-actions.ts';

export function LikeButton(props: { readonly status: string; readonly count: number | null }): ReactNode {
  const edge = useOwnEdge('likes', props.status);
  const isLiked = edge.isPresent === true;
  const count = formatKnown(props.count);
  return (
    <button
      type="button"
      className="like"
      data-like
      aria-pressed={isLiked}
      aria-busy={edge.isPending}
      aria-label={`Like, ${count} ${props.count === 1 ? 'like' : 'likes'}`}
      disabled={edge.isPending}
      onClick={() => setLiked(props.status, !isLiked)}
    >
      <Heart size={15} aria-hidden fill={isLiked ? 'currentColor' : 'none'} />
      <span className="figure">{count}</span>
    </button>
  );
}
