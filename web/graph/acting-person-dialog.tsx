import { useId, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { useSteadyQuery } from '../connection/steady-query.ts';
import { CreatePersonDocument, SomePeopleDocument } from '../generated/graphql.ts';
import { Modal } from '../shell/modal.tsx';
import { useObservable } from '../shell/use-observable.ts';
import { actAs, isChoosingPerson, useActingPerson } from './acting-person.ts';
import type { ActingPerson } from './acting-person.ts';
import { perform } from './own-actions.ts';
import { Avatar } from './person-line.tsx';
import { PersonPicker } from './person-picker.tsx';

export function ActingPersonDialog(): ReactNode {
  return useObservable(isChoosingPerson) ? <OpenDialog /> : null;
}

function OpenDialog(): ReactNode {
  const me = useActingPerson();
  const choose = (person: ActingPerson): void => {
    actAs({ id: person.id, name: person.name });
    isChoosingPerson.set(false);
  };
  return (
    <Modal title="Who are you?" onClose={() => isChoosingPerson.set(false)}>
      <p className="faint">There are no passwords here: act as anyone, or join as somebody new.</p>
      <PersonPicker label="Find the person to act as" placeholder="Name or handle" onPick={choose} />
      <Suggestions onChoose={choose} />
      <JoinForm onJoined={choose} />
      {me === null ? null : (
        <button
          type="button"
          className="button"
          onClick={() => {
            actAs(null);
            isChoosingPerson.set(false);
          }}
        >
          Be nobody
        </button>
      )}
    </Modal>
  );
}

const SUGGESTED = 5;

function Suggestions(props: { readonly onChoose: (person: ActingPerson) => void }): ReactNode {
  const [result] = useSteadyQuery({ query: SomePeopleDocument, variables: { count: SUGGESTED } });
  const people = (result.data?.randomUsers ?? []).filter((person) => person !== null);
  return (
    <ul className="suggestions" style={{ minBlockSize: `${SUGGESTED * 40}px` }}>
      {people.map((person) => (
        <li key={person.id}>
          <button type="button" className="suggestion" onClick={() => props.onChoose(person)}>
            <Avatar name={person.name} />
            <span className="person-name">{person.name}</span>
            <span className="figure faint">@{person.handle}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function JoinForm(props: { readonly onJoined: (person: ActingPerson) => void }): ReactNode {
  const [name, setName] = useState('');
  const [handle, setHandle] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const nameId = useId();
  const handleId = useId();
  const join = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setProblem(null);
    const outcome = await perform({
      document: CreatePersonDocument,
      input: { name: name.trim(), handle: handle.trim() },
      commitOf: (data) => data.createUser?.commit,
      done: `Joined as ${name.trim()}`,
      refused: 'Not joined',
      retry: null,
    });
    const person = 'data' in outcome ? (outcome.data.createUser?.user ?? null) : null;
    if ('failure' in outcome) setProblem(outcome.failure.text);
    else if (person !== null) props.onJoined(person);
  };
  return (
    <form className="join" onSubmit={(event) => void join(event)}>
      <label htmlFor={nameId}>Name</label>
      <input id={nameId} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
      <label htmlFor={handleId}>Handle</label>
      <input
        id={handleId}
        required
        maxLength={50}
        className="figure"
        value={handle}
        onChange={(event) => setHandle(event.target.value)}
      />
      {problem === null ? null : (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" className="button" disabled={name.trim() === '' || handle.trim() === ''}>
        Join
      </button>
    </form>
  );
}
