import type {
  AssociationDeclaration,
  Declarations,
  EntityDeclaration,
  PropertyDeclaration,
  PropertyKind,
} from '../declarations.ts';

/** People who post, like and befriend, and photos, which have an optional key, an edge without inverse and single edges both ways. */
export const socialDeclarations: Declarations = {
  entities: byType([
    entity('User', 'handle', [
      property('handle', 'String', { required: true }),
      property('name', 'String', { required: true }),
      property('bio', 'String'),
      property('age', 'Int'),
      property('height', 'Float'),
      property('public', 'Boolean', { required: true, defaultValue: true }),
      property('born', 'DateTime'),
      property('nicknames', 'String', { list: true }),
    ]),
    entity('Status', null, [property('text', 'String', { required: true }), property('extra', 'JSON')]),
    entity('Photo', 'url', [property('url', 'ID')]),
  ]),
  associations: byType([
    association('friend', 'User', 'User', { inverse: 'friend' }),
    association('posted', 'User', 'Status', { inverse: 'postedby' }),
    association('postedby', 'Status', 'User', { inverse: 'posted', single: true }),
    association('likes', 'User', 'Status', { inverse: 'likedby' }),
    association('likedby', 'Status', 'User', { inverse: 'likes' }),
    association('shares', 'User', 'Status', { inverse: 'sharedby' }),
    association('sharedby', 'Status', 'User', { inverse: 'shares' }),
    association('follows', 'User', 'User', { inverse: 'followedby' }),
    association('followedby', 'User', 'User', { inverse: 'follows' }),
    association('depicts', 'Photo', 'User', { inverse: null }),
    association('portrait', 'User', 'Photo', { inverse: 'portrays', single: true }),
    association('portrays', 'Photo', 'User', { inverse: 'portrait', single: true }),
  ]),
  digest: 'social',
};

function entity(type: string, key: string | null, properties: readonly PropertyDeclaration[]): EntityDeclaration {
  return { type, key, properties: new Map(properties.map((declared) => [declared.name, declared])) };
}

function property(name: string, kind: PropertyKind, options: Partial<PropertyDeclaration> = {}): PropertyDeclaration {
  return { name, kind, list: false, required: false, defaultValue: undefined, ...options };
}

function association(
  type: string,
  fromType: string,
  toType: string,
  options: { readonly inverse: string | null; readonly single?: boolean },
): AssociationDeclaration {
  return { type, fromType, toType, inverse: options.inverse, single: options.single ?? false };
}

function byType<Declared extends { readonly type: string }>(list: readonly Declared[]): Map<string, Declared> {
  return new Map(list.map((declared) => [declared.type, declared]));
}
