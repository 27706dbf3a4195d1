import type { Configuration, MemberAddress } from '#consensus/core/types.ts';
import type { Links } from '#consensus/transport/links.ts';
import { readAddress, writeAddress } from '#server/config/address.ts';
import type { PeerAddress } from '#server/config/config.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';
import type { NodeLog } from './node-log.ts';

export interface AddressBookOptions {
  readonly links: Pick<Links, 'self' | 'setPeer'>;
  readonly clock: Clock;
  readonly log: Pick<NodeLog, 'warn'>;
  /** What this node was told at its start, itself included. */
  readonly peers: ReadonlyMap<string, PeerAddress>;
  readonly publicUrls: ReadonlyMap<string, string>;
}

/**
 * Who said where a node is, the most believed first: its own registration in Redis, made at its last start; the configuration in the
 * log, which is what an operator added it under; what this node was told at its start; and what the node itself says over a link,
 * which is for nodes that nobody else told of.
 */
const sources = ['directory', 'configuration', 'given', 'heard'] as const;
type Source = (typeof sources)[number];

/** Strangers that asked something and are dialled for the answer. */
const heardMax = 64;
/** A node that left the configuration is still told so; then it is dialled no more. */
const forgetMs = 10_000;

/** Where the nodes are. It tells the links, so that whoever is a member can be reached, after any restart of any node. */
export class AddressBook {
  readonly #options: AddressBookOptions;
  readonly #entries: Readonly<Record<Source, Map<NodeId, MemberAddress>>> = {
    directory: new Map(),
    configuration: new Map(),
    given: new Map(),
    heard: new Map(),
  };
  #configuration: Configuration | null = null;
  /** Whom it says the address of. */
  #named: ReadonlySet<NodeId> = new Set();

  constructor(options: AddressBookOptions) {
    this.#options = options;
    for (const [text, peer] of options.peers) {
      const id = text as NodeId;
      const publicUrl = options.publicUrls.get(text) ?? '';
      this.#entries.given.set(id, { id, peer: writeAddress(peer), publicUrl });
    }
  }

  /** Null when nobody has said where it is. */
  of(id: NodeId): MemberAddress | null {
    for (const source of sources) {
      const found = this.#entries[source].get(id);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** Everyone that this node could reach, itself included. */
  all(): readonly MemberAddress[] {
    const ids = new Set(sources.flatMap((source) => [...this.#entries[source].keys()]));
    return [...ids].sort().flatMap((id) => this.of(id) ?? []);
  }

  /** The configuration in force has changed. */
  onConfiguration(configuration: Configuration): void {
    // Asked at every commit.
    if (configuration === this.#configuration) return;
    this.#configuration = configuration;
    const { addresses } = configuration;
    const known = this.#entries.configuration;
    const named = addresses ?? [];
    this.#named = new Set(named.map(({ id }) => id));
    for (const address of named) this.#setAgreed(address);
    const gone = [...known.values()].filter(({ id }) => !named.some((address) => address.id === id));
    if (gone.length === 0) return;
    this.#options.clock.after(forgetMs, () => {
      // Unless it was added again meanwhile.
      for (const { id, ...address } of gone) {
        if (known.get(id)?.peer !== address.peer || this.#named.has(id)) continue;
        this.#forget(id, 'heard');
        this.#forget(id, 'configuration');
      }
    });
  }

  onDirectory(address: MemberAddress): void {
    this.#set('directory', address);
  }

  /**
   * A node says it of itself. Counts only where nobody else has said anything; whoever has the cluster secret is believed so far.
   * Throws what the links throw of an address that they will not dial.
   */
  onHeard(address: MemberAddress): void {
    const { heard } = this.#entries;
    if (this.of(address.id) !== null && !heard.has(address.id)) return;
    const [oldest] = heard.keys();
    if (heard.size >= heardMax && !heard.has(address.id) && oldest !== undefined) this.#forget(oldest, 'heard');
    this.#set('heard', address);
  }

  /** What is agreed is kept, also where this node is not made to dial it. */
  #setAgreed(address: MemberAddress): void {
    try {
      this.#set('configuration', address);
    } catch (error) {
      this.#options.log.warn(
        { address, reason: String(error) },
        'a member was added at an address that this node may not dial',
      );
    }
  }

  #set(source: Source, address: MemberAddress): void {
    const { id } = address;
    const entries = this.#entries[source];
    const known = entries.get(id);
    if (known?.peer === address.peer && known.publicUrl === address.publicUrl) return;
    const before = this.of(id);
    entries.set(id, address);
    try {
      this.#dial(id, before);
    } catch (error) {
      // What will not be dialled is not known by hearsay.
      if (source === 'heard') entries.delete(id);
      throw error;
    }
  }

  #forget(id: NodeId, source: Source): void {
    const before = this.of(id);
    this.#entries[source].delete(id);
    this.#dial(id, before);
  }

  #dial(id: NodeId, before: MemberAddress | null): void {
    const { links } = this.#options;
    const now = this.of(id);
    if (id === links.self || now?.peer === before?.peer) return;
    links.setPeer(id, now === null ? null : readAddress(now.peer));
  }
}

/** The border where an address that came over a link becomes one; null when it is none. */
export function readMemberAddress(id: NodeId, value: unknown): MemberAddress | null {
  if (typeof value !== 'object' || value === null) return null;
  const { peer, publicUrl } = value as Readonly<Record<keyof MemberAddress, unknown>>;
  if (typeof peer !== 'string' || typeof publicUrl !== 'string' || readAddress(peer) === null) return null;
  return { id, peer, publicUrl };
}
