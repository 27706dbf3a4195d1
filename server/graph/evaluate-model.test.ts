/**
 * Goal: `evaluate` does to the graph exactly what the naive model does, command by command, and what it writes keeps the graph whole.
 * Method: random commands of every kind against a handful of entities; the view knows nothing at first and is taught what is missing, as
 * the leader does it. After each command the outcome, every entity, every edge and every count are compared.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Command } from './command.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import { KeysMissing } from './evaluate-port.ts';
import { idsPerEntryMax, type EntityId, type LogIndex } from './identifiers.ts';
import { commandOf, commandSketch, type CommandSketch } from './testing/arbitrary-command.ts';
import { checkGraph } from './testing/check-graph.ts';
import { GraphModel } from './testing/graph-model.ts';
import { PartialView } from './testing/partial-view.ts';
import { ReplayedGraph } from './testing/replayed-graph.ts';
import { socialDeclarations as declarations } from './testing/social-declarations.ts';
import { validateCommand } from './validate.ts';

test('a command changes the graph as the model says, whatever came before it', () => {
  const seen = new Map<string, number>();
  const property = fc.property(fc.array(commandSketch, { minLength: 1, maxLength: 60, size: 'max' }), (sketches) => {
    const world = new World();
    for (const sketch of [...founders, ...sketches]) {
      const outcome = world.run(sketch);
      const kinds = outcome.kind === 'refused' ? [outcome.code] : sketch.map((operation) => operation.kind);
      for (const kind of kinds) seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
  });
  fc.assert(property, { numRuns: 400 });
  // Every rule that can be met this way was met, and often.
  for (const kind of ['change-association-type', 'remove-association', 'delete-entity', 'update-entity']) {
    expect(seen.get(kind), kind).toBeGreaterThan(100);
  }
  for (const code of ['NOT_FOUND', 'CONFLICT', 'BAD_INPUT']) expect(seen.get(code), code).toBeGreaterThan(0);
});

/** Someone to start from: three people, two statuses and a photo. */
const founders: readonly CommandSketch[] = ['User a', 'User b', 'User c', 'Status a', 'Status b', 'Photo b'].map(
  (text) => {
    const [type = '', word = ''] = text.split(' ');
    const pick = ['User', '', 'Status', 'Photo'].indexOf(type);
    return [{ kind: 'create-entity', pick: [pick, 0, 0], flag: false, time: null, word }];
  },
);

class World {
  readonly #graph = new ReplayedGraph();
  readonly #model = new GraphModel(declarations);
  readonly #ids = new Map<string, EntityId[]>();
  #index = 0;

  run(sketch: CommandSketch): Evaluation['outcome'] {
    this.#index += 1;
    const command = commandOf(sketch, {
      ids: this.#index === 1 ? new Map([['User', [1 as EntityId]]]) : this.#ids,
      edges: this.#model.edges,
      versionOf: (id) => this.#graph.entity(id)?.version ?? (0 as LogIndex),
    });
    const evaluation = this.#evaluate(command);
    const { index, now } = this.#place();
    const expected = this.#model.execute(command, { index, now, key: 'key', nextId: this.#nextIds() });
    const { outcome } = evaluation;
    const comparable = outcome.kind === 'refused' ? { kind: 'refused', code: outcome.code } : outcome;
    expect(comparable).toEqual(expected);
    if (outcome.kind === 'refused') expect(evaluation.effects).toEqual([]);

    this.#graph.apply(evaluation.effects);
    this.#compare();
    checkGraph(this.#graph, declarations);
    for (const entity of this.#graph.entities.values()) this.#remember(entity.type, entity.id);
    return outcome;
  }

  #evaluate(command: Command): Evaluation {
    validateCommand(command, declarations);
    const view = new PartialView(this.#graph);
    // The entity, its counts, its edges, the counts at their other ends, and once more for what the command itself changes.
    for (let round = 0; round < 6 + command.operations.length; round++) {
      try {
        const place = { ...this.#place(), nextId: this.#nextIds() };
        return evaluate({ view, command, key: 'key', declarations, ...place });
      } catch (error) {
        if (!(error instanceof KeysMissing)) throw error;
        expect(error.keys.length).toBeGreaterThan(0);
        view.learn(error.keys);
      }
    }
    throw new Error(`evaluation does not come to an end: ${JSON.stringify(command)}`);
  }

  #place(): { index: LogIndex; now: number } {
    return { index: this.#index as LogIndex, now: Math.floor(this.#index / 3) };
  }

  #nextIds(): () => EntityId {
    let place = 0;
    return () => (this.#index * idsPerEntryMax + place++) as EntityId;
  }

  #compare(): void {
    const { entities, edges } = this.#model;
    expect([...this.#graph.entities.values()].sort((left, right) => left.id - right.id)).toEqual(
      entities.toSorted((left, right) => left.id - right.id),
    );
    const text = (edge: { from: number; type: string; to: number }): string => `${edge.from} ${edge.type} ${edge.to}`;
    const byText = new Map(edges.map((edge) => [text(edge), edge]));
    expect(byText.size).toBe(edges.length);
    expect(this.#graph.associations).toEqual(byText);
  }

  #remember(type: string, id: EntityId): void {
    const ids = this.#ids.get(type) ?? [];
    this.#ids.set(type, ids);
    if (!ids.includes(id)) ids.push(id);
  }
}
