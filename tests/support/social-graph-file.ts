import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base, en, Faker } from '@faker-js/faker';

/** An edge list to import, and each person's number of friends. */
export interface SocialGraphFile {
  readonly file: string;
  readonly degrees: ReadonlyMap<string, number>;
  readonly friendships: number;
}

/**
 * A graph with a few hubs and many small circles: each newcomer befriends people who are already there, half of them by popularity
 * (Barabási & Albert, 1999). Written as `u v` lines. Seeded, so that it is the same graph each time.
 */
export function writeSocialGraph(
  folder: string,
  size: { readonly people: number; readonly friendships: number },
): SocialGraphFile {
  const dice = new Faker({ locale: [en, base], seed: 4039 });
  const ends: number[] = [0, 1];
  const seen = new Set(['0 1']);
  const each = Math.ceil(size.friendships / size.people);
  for (let person = 2; seen.size < size.friendships; person = person + 1 < size.people ? person + 1 : 2) {
    for (let nth = 0; nth < each && seen.size < size.friendships; nth += 1) {
      const popular = dice.datatype.boolean();
      const other = popular ? (ends[dice.number.int(ends.length - 1)] ?? 0) : dice.number.int(Math.max(1, person - 1));
      const edge = `${Math.min(person, other)} ${Math.max(person, other)}`;
      if (other === person || seen.has(edge)) continue;
      seen.add(edge);
      ends.push(person, other);
    }
  }
  const file = join(folder, 'graph.txt');
  const lines = [...seen];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return { file, degrees: degreesOf(lines), friendships: lines.length };
}

export function degreesOf(lines: readonly string[]): ReadonlyMap<string, number> {
  const degrees = new Map<string, number>();
  for (const line of lines) for (const person of line.split(' ')) degrees.set(person, (degrees.get(person) ?? 0) + 1);
  return degrees;
}
