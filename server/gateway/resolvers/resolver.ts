import type { GraphQLResolveInfo } from 'graphql';
import type { OperationContext } from '../execution/operation-context.ts';

/**
 * One field. Written as a method so that each resolver may name the parent and the arguments it is for: which parent a field gets is the
 * schema's to say, and the generated types of the arguments come from the same schema.
 */
export type Resolver = {
  resolve(parent: unknown, args: unknown, context: OperationContext, info: GraphQLResolveInfo): unknown;
}['resolve'];

/** One field of Subscription: where its events come from, and what is answered for one. */
export interface SubscriptionResolver {
  readonly subscribe: {
    subscribe(parent: unknown, args: unknown, context: OperationContext): AsyncIterable<unknown>;
  }['subscribe'];
  readonly resolve: Resolver;
}

export type FieldResolvers = Readonly<Record<string, Resolver | SubscriptionResolver>>;
export type ResolverMap = Readonly<Record<string, FieldResolvers>>;
