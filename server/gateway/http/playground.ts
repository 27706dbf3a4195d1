import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { playgroundPolicy } from './security-headers.ts';
import { reply, type Exchange } from './reply.ts';

interface Page {
  readonly compressed: Buffer;
  readonly policy: string;
  readonly tag: string;
}

/** What a visitor finds in the tabs of the playground. */
const examples = [
  `# Reads. Ctrl+Enter runs it; any node answers.
query Read {
  mostConnected(first: 3) {
    name
    friends(first: 5) {
      totalCount
      nodes { handle name }
    }
    timeline(first: 5) {
      edges { node { kind time status { text author { name } likedBy { totalCount } } } }
    }
  }
}
`,
  `# Writes. The answer names the commit; sent again with the same key, it takes effect once.
mutation Write {
  createUser(input: { handle: "ada", name: "Ada Lovelace", idempotencyKey: "playground-ada" }) {
    user { id name version }
    commit { index term leader replayed }
  }
}
`,
  `# Watches. Every status as it is posted, by anyone, on any node.
subscription Posts {
  statusPosted {
    entity { ... on Status { text author { name } } }
    commit { index leader }
  }
}
`,
  `# Watches the cluster: who leads, how far each node is.
subscription Watch {
  cluster {
    term
    leader { id }
    nodes { id role appliedIndex plugged reachable cache { hitRate } }
  }
}
`,
];

/** GraphiQL as one page that needs nothing from the internet. Nine megabytes, so it is made when first asked for, and kept compressed. */
export class Playground {
  #page: Promise<Page> | null = null;

  async serve(exchange: Exchange): Promise<void> {
    this.#page ??= makePage();
    const { compressed, policy, tag } = await this.#page;
    const { headers } = exchange.request;
    const common = {
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      etag: tag,
      vary: 'Accept, Accept-Encoding',
    };
    if (headers['if-none-match'] === tag) return reply(exchange, { status: 304, headers: common });
    const takesGzip = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
    reply(exchange, {
      status: 200,
      headers: {
        ...common,
        'content-type': 'text/html; charset=utf-8',
        ...(takesGzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body: takesGzip ? compressed : await promisify(gunzip)(compressed),
    });
  }
}

async function makePage(): Promise<Page> {
  // Loaded here since most processes never show it.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const html = renderGraphiQL({
    title: 'Instaface playground',
    endpoint: '/graphql',
    subscriptionsProtocol: 'WS',
    defaultTabs: examples.map((query) => ({ query })),
  });
  const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'));
  const scriptHash = createHash('sha256').update(script).digest('base64');
  const compressed = await promisify(gzip)(html);
  return { compressed, policy: playgroundPolicy(scriptHash), tag: `"${scriptHash}"` };
}
