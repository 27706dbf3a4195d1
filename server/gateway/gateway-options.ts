import type { DocumentNode } from 'graphql';
import type { Declarations } from '#server/graph/declarations.ts';
import type { NodeService } from '#server/cluster/node-service.ts';
import type { Role } from './execution/role.ts';

/** The part of the node's configuration that the gateway needs. */
export interface GatewayConfig {
  /** Port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** False: only names of this machine and of the members may be in a Host header, else a web page could reach the node by a name of its own. */
  readonly trustedNetwork: boolean;
  /** SHA-256 of each client's token, in hex, and what it allows; null: nobody needs one. */
  readonly tokenRoles: ReadonlyMap<string, Role> | null;
  /** Whose JSON Web Tokens count besides; `roleClaim` names the claim that holds the role. Null: nobody's. */
  readonly jsonWebTokens: {
    readonly key:
      | { readonly kind: 'secret'; readonly secret: string }
      | { readonly kind: 'keys'; readonly keys: readonly Readonly<Record<string, unknown>>[] };
    readonly issuer: string;
    readonly audience: string;
    readonly roleClaim: string;
  } | null;
  /** Of this node, and of every member: what clients are told, and which origins may ask. */
  readonly publicUrl: string;
  readonly publicUrls: ReadonlyMap<string, string>;
  readonly timings: { readonly readDeadlineMs: number };
  readonly limits: {
    readonly requestBodyBytesMax: number;
    readonly queryDepthMax: number;
    readonly operationCostMax: number;
    readonly subscriptionsPerConnectionMax: number;
    /** Of one client, by token or else by address. */
    readonly subscriptionsPerClientMax: number;
    readonly connectionsPerClientMax: number;
    /** Of one client; 0: as many as it likes. */
    readonly operationsPerSecondMax: number;
  };
}

/** A pino logger, as far as the gateway uses one. */
export interface GatewayLog {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Where `/metrics` comes from; a prom-client registry is one. */
export interface GatewayMetrics {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface GatewayOptions {
  readonly service: NodeService;
  /** The schema as clients see it, and the model of the graph in it (`readDeclarations`). */
  readonly typeDefs: DocumentNode;
  readonly declarations: Declarations;
  readonly config: GatewayConfig;
  readonly log: GatewayLog;
  readonly metrics: GatewayMetrics;
  /** The built web client. Where there is none, `/` says so. */
  readonly webFolder: string;
}
