// What the things that clients change do, one at a time. An operation that says it changed nothing is a read.
import type { Model } from './linearizability.ts';

export type RegisterInput =
  | { readonly kind: 'write'; readonly value: string }
  | { readonly kind: 'read' }
  /** Only if the value is still `expected`. */
  | { readonly kind: 'change'; readonly expected: string; readonly value: string };
export type RegisterOutput =
  { readonly kind: 'written' } | { readonly kind: 'value'; readonly value: string } | { readonly kind: 'conflict' };

/** One property. A change on condition names the value that it must replace: with values written once it is an ifVersion. */
export function registerModel(initial: string): Model<string, RegisterInput, RegisterOutput> {
  return {
    initial,
    step: (state, input, output) => {
      if (input.kind === 'read')
        return output === null || (output.kind === 'value' && output.value === state) ? [state] : [];
      const mayChange = input.kind === 'write' || input.expected === state;
      if (output === null) return [mayChange ? input.value : state];
      if (output.kind === 'written') return mayChange ? [input.value] : [];
      return output.kind === 'conflict' && !mayChange ? [state] : [];
    },
    stateKey: (state) => state,
    isRead: (input, output) => input.kind === 'read' || output?.kind === 'conflict',
  };
}

/** A property with the version of its entity, which is the commit index of the last change. */
export interface Versioned {
  readonly value: string;
  /** Null: written by an operation whose commit nobody was told of; it may be any. */
  readonly version: number | null;
}
export type VersionedInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: string; /** Null: whatever it is. */ readonly ifVersion: number | null };
export type VersionedOutput =
  | { readonly kind: 'value'; readonly value: string; readonly version: number }
  | { readonly kind: 'written'; readonly version: number }
  | { readonly kind: 'conflict' };

export function versionedModel(initial: Versioned): Model<Versioned, VersionedInput, VersionedOutput> {
  return {
    initial,
    step: (state, input, output) => {
      const mayBe = (version: number): boolean => state.version === null || state.version === version;
      if (input.kind === 'read') {
        if (output === null) return [state];
        return output.kind === 'value' && output.value === state.value && mayBe(output.version) ? [state] : [];
      }
      const { value, ifVersion } = input;
      const mayChange = ifVersion === null || mayBe(ifVersion);
      // Without knowing the version of the state, both answers are possible.
      const mayConflict = ifVersion !== null && (state.version === null || state.version !== ifVersion);
      if (output === null) return [...(mayChange ? [{ value, version: null }] : []), ...(mayConflict ? [state] : [])];
      if (output.kind === 'conflict') return mayConflict ? [state] : [];
      const isNewer = output.kind === 'written' && (state.version === null || output.version > state.version);
      return mayChange && isNewer ? [{ value, version: output.version }] : [];
    },
    stateKey: ({ value, version }) => `${version ?? '?'}: ${value}`,
    isRead: (input, output) => input.kind === 'read' || output?.kind === 'conflict',
  };
}

export type EdgeInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'add'; readonly properties: string; readonly ifPresent: 'replace' | 'keep' };
export type EdgeOutput =
  /** Null: it is absent. */
  { readonly kind: 'edge'; readonly properties: string | null } | { readonly kind: 'done'; readonly changed: boolean };

/** One edge: absent, or present with its properties. Replacing says that it changed something whenever the edge was there. */
export function edgeModel(initial: string | null): Model<string | null, EdgeInput, EdgeOutput> {
  return {
    initial,
    step: (state, input, output) => {
      if (input.kind === 'read')
        return output === null || (output.kind === 'edge' && output.properties === state) ? [state] : [];
      const isKept = input.kind === 'remove' ? state === null : input.ifPresent === 'keep' && state !== null;
      const next = input.kind === 'remove' ? null : input.properties;
      if (output === null) return [isKept ? state : next];
      return output.kind === 'done' && output.changed !== isKept ? [isKept ? state : next] : [];
    },
    stateKey: (state) => (state === null ? 'absent' : `present ${state}`),
    isRead: (input, output) => input.kind === 'read' || (output?.kind === 'done' && !output.changed),
  };
}

export type CountInput = { readonly kind: 'read' } | { readonly kind: 'add'; readonly by: number };
export type CountOutput = { readonly kind: 'count'; readonly count: number } | { readonly kind: 'done' };

/** A count, by changes that are known to change it: each operation adds or removes an edge that nobody else touches. */
export function countModel(initial: number): Model<number, CountInput, CountOutput> {
  return {
    initial,
    step: (state, input, output) => {
      if (input.kind === 'add') return output === null || output.kind === 'done' ? [state + input.by] : [];
      return output === null || (output.kind === 'count' && output.count === state) ? [state] : [];
    },
    stateKey: (state) => String(state),
    isRead: (input) => input.kind === 'read',
  };
}

export type UniqueInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'claim'; readonly id: string }
  /** Takes effect only for the one that has it. */
  | { readonly kind: 'release'; readonly id: string };
export type UniqueOutput =
  { readonly kind: 'owner'; readonly id: string | null } | { readonly kind: 'done' } | { readonly kind: 'refused' };

/** A unique key: nobody's, or one entity's. */
export function uniqueModel(initial: string | null): Model<string | null, UniqueInput, UniqueOutput> {
  return {
    initial,
    step: (state, input, output) => {
      if (input.kind === 'read')
        return output === null || (output.kind === 'owner' && output.id === state) ? [state] : [];
      const mayDo = input.kind === 'claim' ? state === null || state === input.id : state === input.id;
      const next = input.kind === 'claim' ? input.id : null;
      if (output === null) return [mayDo ? next : state];
      if (output.kind === 'done') return mayDo ? [next] : [];
      return output.kind === 'refused' && !mayDo ? [state] : [];
    },
    stateKey: (state) => state ?? 'nobody',
    isRead: (input, output) => input.kind === 'read' || output?.kind === 'refused',
  };
}
