import { UserCheck, UserPlus } from 'lucide-react';
import type { ReactNode } from 'react';
import type { PersonLineFragment } from '../generated/graphql.ts';
import { useActingPerson } from './acting-person.ts';
import { setFriend, useOwnEdge } from './own-actions.ts';

/** Befriends or unfriends for the acting person; nothing on their own page. */
export function BefriendButton(props: { readonly person: PersonLineFragment }): ReactNode {
  const me = useActingPerson();
  const { person } = props;
  const edge = useOwnEdge('friend', person.id);
  if (me?.id === person.id) return null;
  const isFriend = edge.isPresent === true;
  return (
    <button
      type="button"
      className={isFriend ? 'button' : 'button button-primary'}
      aria-busy={edge.isPending}
      disabled={edge.isPending || (me !== null && edge.isPresent === null)}
      onClick={() => setFriend(person.id, person.name, !isFriend)}
    >
      {isFriend ? <UserCheck size={15} aria-hidden /> : <UserPlus size={15} aria-hidden />}
      {isFriend ? 'Unfriend' : 'Befriend'}
    </button>
  );
}
