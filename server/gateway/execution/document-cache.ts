import { GraphQLError, Kind, OperationTypeNode, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { documentLimitErrors, documentTokensMax } from './document-limits.ts';

/** A parsed document takes some fifty times its text in memory. */
const textCharactersMax = 1_000_000;
const cachedTextCharactersMax = 32_768;
const documentsMax = 2_000;

/** Parses and validates each text once, for HTTP and WebSocket alike. What was used longest ago is forgotten first. */
export class DocumentCache {
  readonly #schema: GraphQLSchema;
  readonly #depthMax: number;
  readonly #documents = new Map<string, DocumentNode>();
  readonly #plain = new WeakMap<DocumentNode, boolean>();
  readonly #errors = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  #characters = 0;

  constructor(options: { readonly schema: GraphQLSchema; readonly depthMax: number }) {
    this.#schema = options.schema;
    this.#depthMax = options.depthMax;
  }

  /** Throws GraphQLError with code BAD_INPUT and status 400 for what is no GraphQL. */
  parse(text: string): DocumentNode {
    const known = this.#documents.get(text);
    if (known !== undefined) {
      this.#documents.delete(text);
      this.#documents.set(text, known);
      return known;
    }
    const document = parseText(text);
    if (text.length <= cachedTextCharactersMax) this.#remember(text, document);
    return document;
  }

  /** The errors of a document, with code and status 400; none when it may be executed. */
  validate(document: DocumentNode): readonly GraphQLError[] {
    const known = this.#errors.get(document);
    if (known !== undefined) return known;
    const limits = documentLimitErrors(document, this.#depthMax);
    const errors = limits.length > 0 ? limits : validate(this.#schema, document).map(badInput);
    this.#errors.set(document, errors);
    return errors;
  }

  /** A valid document of queries and mutations alone; null for any other text. */
  plain(text: string): DocumentNode | null {
    try {
      const document = this.parse(text);
      let isPlain = this.#plain.get(document);
      if (isPlain === undefined) {
        isPlain = this.validate(document).length === 0 && isWithoutStreams(document);
        this.#plain.set(document, isPlain);
      }
      return isPlain ? document : null;
    } catch (error) {
      if (error instanceof GraphQLError) return null;
      throw error;
    }
  }

  #remember(text: string, document: DocumentNode): void {
    this.#documents.set(text, document);
    this.#characters += text.length;
    for (const oldest of this.#documents.keys()) {
      if (this.#characters <= textCharactersMax && this.#documents.size <= documentsMax) return;
      this.#documents.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}

function isWithoutStreams(document: DocumentNode): boolean {
  return document.definitions.every(
    (definition) =>
      definition.kind !== Kind.OPERATION_DEFINITION || definition.operation !== OperationTypeNode.SUBSCRIPTION,
  );
}

function parseText(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: documentTokensMax });
  } catch (error) {
    if (error instanceof GraphQLError) throw badInput(error);
    // Nested deeper than the parser's own calls can go.
    if (error instanceof RangeError) throw badInput(new GraphQLError('The document is nested too deep.'));
    throw error;
  }
}

function badInput(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.nodes === undefined ? (error.positions ?? null) : null,
    extensions: { code: 'BAD_INPUT', http: { status: 400, spec: true } },
  });
}
