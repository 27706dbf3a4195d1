/** The types that an association list brings with it, after the Relay cursor connections specification. */
import { Kind, parse, type InputValueDefinitionNode, type ObjectTypeDefinitionNode } from 'graphql';

export function connectionTypeName(target: string): string {
  return `${target}Connection`;
}

export function edgeTypeName(target: string): string {
  return `${target}Edge`;
}

/** Of every association list. */
export const connectionArguments: readonly InputValueDefinitionNode[] =
  objectType(`type Arguments { list(
    "How many at most: 20 when left out, 1,000 at most."
    first: Int
    "The cursor to go on after."
    after: String
    "Only associations of this time or later."
    since: DateTime
    "Only associations before this time."
    until: DateTime
  ): Int }`).fields?.[0]?.arguments ?? [];

export function connectionType(target: string): ObjectTypeDefinitionNode {
  return objectType(`
    "A page of a list of ${target}."
    type ${connectionTypeName(target)} {
      "How many the whole list holds, exactly. Never counts rows."
      totalCount: Int
      "The edges of this page."
      edges: [${edgeTypeName(target)}!]!
      "What the edges lead to, in their order."
      nodes: [${target}]!
      "Where this page is in the list."
      pageInfo: PageInfo!
    }`);
}

export function edgeType(target: string): ObjectTypeDefinitionNode {
  return objectType(`
    "One place in a list of ${target}."
    type ${edgeTypeName(target)} {
      "Names this place, for \`after\`."
      cursor: String!
      "What it leads to; null when it cannot be had now."
      node: ${target}
      "The time of the association; where the list is no association, that of the creation."
      time: DateTime!
      "The properties of the association; where the list is no association, none."
      properties: JSONObject!
    }`);
}

function objectType(source: string): ObjectTypeDefinitionNode {
  const definition = parse(source, { noLocation: true }).definitions[0];
  if (definition?.kind !== Kind.OBJECT_TYPE_DEFINITION) throw new Error(`Not an object type: ${source}`);
  return definition;
}
