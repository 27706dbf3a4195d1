import { KeepAlivePost } from './keep-alive-post.ts';
import { createUser } from './recording-client.ts';

const users = 200;
const requestTimeoutMs = 10_000;
const failurePauseMs = 100;
const update = 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { commit { index } } }';
const look = 'query ($id: ID!) { user(id: $id) { name friends(first: 10) { totalCount } } }';

/** As many clients as wanted, each with its next request as soon as it has an answer, on a graph that does not grow: changes and reads in turn. */
export class FullLoad {
  readonly #urls: readonly string[];
  readonly #posts = new KeepAlivePost();
  readonly #clients: Promise<void>[] = [];
  readonly #ids: string[] = [];
  #isStopped = false;
  answered = 0;
  failed = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  async start(clients: number): Promise<void> {
    for (let nth = 0; nth < users; nth += 1) {
      this.#ids.push(await createUser(this.#urls, { handle: `load.${nth}`, name: 'Load' }));
    }
    for (let client = 0; client < clients; client += 1) this.#clients.push(this.#client(client));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
    this.#posts.close();
  }

  async #client(client: number): Promise<void> {
    for (let turn = client; !this.#isStopped; turn += 1) {
      const id = this.#ids[turn % this.#ids.length] ?? '';
      const url = `${this.#urls[turn % this.#urls.length]}/graphql`;
      const request =
        (turn + client) % 2 === 0
          ? { query: look, variables: { id } }
          : { query: update, variables: { input: { id, name: `Load ${turn}` } } };
      try {
        const answer = await this.#posts.send(url, JSON.stringify(request), requestTimeoutMs);
        if (typeof answer === 'object' && answer !== null && !('errors' in answer)) this.answered += 1;
        else this.failed += 1;
      } catch {
        this.failed += 1;
        await new Promise((resolve) => {
          setTimeout(resolve, failurePauseMs);
        });
      }
    }
  }
}
