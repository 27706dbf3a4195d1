import type { Redis } from 'ioredis';
import { readAddress, readOrigin, writeAddress } from './address.ts';
import type { Config, PeerAddress } from './config.ts';
import type { ConfigLog } from './redis-connection.ts';
import type { Registration } from './shared-config.ts';
import { readRegistrations, SharedKeys } from './shared-config.ts';

export interface MemberAddress {
  readonly id: string;
  readonly peer: PeerAddress;
  readonly publicUrl: string;
}

export interface DirectoryOptions {
  readonly redis: Redis;
  readonly config: Config;
  readonly log: ConfigLog;
  /** Between two renewals of this node's registration, and two looks at those of the others. */
  readonly renewMs?: number;
}

/** A registration outlives so many renewals that did not come. */
const renewalsMissedMax = 3;

/**
 * Where the nodes of the cluster are, as they say themselves in Redis. Reports what changes; an address that expires is kept,
 * since a node that is away comes back where it was more often than not. While Redis is away nothing happens.
 */
export class MemberDirectory {
  readonly #redis: Redis;
  readonly #config: Config;
  readonly #log: ConfigLog;
  readonly #keys: SharedKeys;
  readonly #renewMs: number;
  readonly #known = new Map<string, string>();
  #subscriber: Redis | null = null;
  #timer: NodeJS.Timeout | null = null;
  #onAddress: (address: MemberAddress) => void = () => {};
  #looking = false;
  #lookAgain = false;
  #settings: string | null = null;
  #closed = false;

  constructor(options: DirectoryOptions) {
    this.#redis = options.redis;
    this.#config = options.config;
    this.#log = options.log;
    this.#keys = new SharedKeys(options.config.clusterName);
    this.#renewMs = options.renewMs ?? 10_000;
    for (const [id, peer] of options.config.peers) {
      const publicUrl = options.config.publicUrls.get(id) ?? '';
      this.#known.set(id, JSON.stringify({ peer: writeAddress(peer), publicUrl }));
    }
  }

  /**
   * Registers this node, keeps the registration alive, and calls `onAddress` for each other node that is new or has moved.
   * Call it when this node listens, so that a start that fails does not send the others astray. Never rejects.
   */
  async start(onAddress: (address: MemberAddress) => void): Promise<void> {
    this.#onAddress = onAddress;
    this.#timer = setInterval(() => void this.#renewAndLook(), this.#renewMs);
    this.#timer.unref();
    // After a loss the registration may have expired, and others may have moved.
    this.#redis.on('ready', () => void this.#renewAndLook());
    await this.#subscribe();
    await this.#renewAndLook();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#subscriber?.disconnect();
    this.#redis.disconnect();
  }

  /** A registration is announced, so others need not wait for their next look. */
  async #subscribe(): Promise<void> {
    const subscriber = this.#redis.duplicate();
    this.#subscriber = subscriber;
    // The main connection reports that Redis is away; and the looks go on without announcements.
    subscriber.on('error', () => {});
    subscriber.on('message', () => void this.#look());
    try {
      await subscriber.connect();
      await subscriber.subscribe(this.#keys.changes);
    } catch {
      // Every renewal looks anyway.
    }
  }

  async #renewAndLook(): Promise<void> {
    await this.#register();
    await this.#look();
  }

  async #register(): Promise<void> {
    if (this.#closed) return;
    const { nodeId, peerAddress, publicUrl } = this.#config;
    const text = JSON.stringify({ peer: writeAddress(peerAddress), publicUrl } satisfies Registration);
    try {
      await this.#redis.sadd(this.#keys.nodes, nodeId);
      const before = await this.#redis.set(
        this.#keys.address(nodeId),
        text,
        'PX',
        this.#renewMs * renewalsMissedMax,
        'GET',
      );
      if (before !== text) await this.#redis.publish(this.#keys.changes, nodeId);
    } catch {
      // Redis is away, which its connection reports. The next renewal tries again.
    }
  }

  /** One look at a time; what is announced during one is looked at after it. */
  async #look(): Promise<void> {
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    try {
      do {
        this.#lookAgain = false;
        const [registrations, settings] = await Promise.all([
          readRegistrations(this.#redis, this.#keys),
          this.#redis.hgetall(this.#keys.settings),
        ]);
        for (const [id, registration] of registrations) this.#compare(id, registration);
        this.#compareSettings(JSON.stringify(settings, Object.keys(settings).toSorted()));
      } while (this.#lookAgain && !this.#closed);
    } catch {
      // As above: what is known stays known.
    } finally {
      this.#looking = false;
    }
  }

  #compare(id: string, registration: Registration): void {
    if (id === this.#config.nodeId || this.#closed) return;
    const text = JSON.stringify({ peer: registration.peer, publicUrl: registration.publicUrl });
    if (this.#known.get(id) === text) return;
    this.#known.set(id, text);
    const peer = readAddress(registration.peer);
    const publicUrl = readOrigin(registration.publicUrl);
    if (peer === null || publicUrl === null) {
      this.#log.warn({ peer: id, registration }, 'a registration in Redis is no address; it is ignored');
      return;
    }
    this.#log.info({ peer: id, registration }, 'a node has registered a new address');
    this.#onAddress({ id, peer, publicUrl });
  }

  #compareSettings(text: string): void {
    const before = this.#settings;
    this.#settings = text;
    if (before === null || before === text) return;
    this.#log.warn(
      { settings: text },
      'timings or limits in Redis have changed; they count from the next start of a node',
    );
  }
}
