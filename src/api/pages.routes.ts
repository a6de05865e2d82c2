import { z } from 'zod';
import type { App } from '../platform/http.ts';
import { packageVersion } from '../platform/package.ts';
import { notFound, Problem, type ProblemType, problemTypes } from '../platform/problems.ts';
import { escapeHtml, ICON_SVG, PAGES_CSS, page, proseHtml, sendPage } from './html.ts';

const LINKS = [
  ['/reference', 'API reference', 'Every operation, to read and to try with your key'],
  ['/v1/openapi.json', 'OpenAPI document', 'The same for programs, OpenAPI 3.1'],
  ['/problems', 'Problems', 'Every error that can be answered, and its remedy'],
  ['/readyz', 'Readiness', 'Database, durability settings, disk, schema'],
  ['/metrics', 'Metrics', 'For Prometheus; open on this machine only'],
  ['/healthz', 'Liveness', 'Whether the process lives'],
] as const;

/** @param origin scheme and host as the caller reached us, for the example to copy. */
function landingPage(origin: string): string {
  const links = LINKS.map(
    ([href, name, what]) => `<li><a href="${href}">${name}<span>${what}</span></a></li>`,
  );
  return page(
    'onhand: perpetual inventory',
    `<h1>onhand runs here</h1>
<p>A perpetual inventory system: one ledger of units and money. Each receipt, sale, move and
count is one durable movement; what can be sold, where it lies and what it cost follows from
it. <span class="soft">Version ${escapeHtml(packageVersion)}</span></p>
<ul class="cards">
${links.join('\n')}
</ul>
<h2>A first call</h2>
<p>Make a key on the machine that runs the server, then send it as a bearer token.</p>
<pre tabindex="0"><code>npx onhand keys create my-laptop --role developer
curl -H "Authorization: Bearer $KEY" ${escapeHtml(origin)}/v1/items</code></pre>`,
  );
}

function problemsPage(): string {
  const rows = problemTypes().map(
    ({ name, status, title }) =>
      `<tr><td><a href="/problems/${name}"><code>${name}</code></a></td>` +
      `<td>${status}</td><td>${proseHtml(title)}</td></tr>`,
  );
  return page(
    'Problems - onhand',
    `<h1>Problems</h1>
<p>Errors are answered as <code>application/problem+json</code> (RFC 9457). The member
<code>type</code> links to a line of this table.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Problems"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Status</th><th scope="col">Title</th></tr>
</thead><tbody>
${rows.join('\n')}
</tbody></table></div>`,
  );
}

function problemPage({ name, status, title, remedy }: ProblemType): string {
  return page(
    `${title} - onhand`,
    `<h1>${proseHtml(title)}</h1>
<dl><dt>Type</dt><dd><code>/problems/${name}</code></dd>
<dt>Status</dt><dd>${status}</dd>
<dt>What to do</dt><dd>${proseHtml(remedy)}</dd></dl>
<p><a href="/problems">All problems</a></p>`,
  );
}

/** Whether a caller would rather have JSON than a page. */
function wantsJson(accept: string | undefined): boolean {
  return accept?.includes('json') === true && !accept.includes('text/html');
}

const hidden = { config: { scope: 'public' as const }, schema: { hide: true } };

/** The landing page and the error reference, generated from the declared problems. */
export function pageRoutes(app: App): void {
  app.get('/', hidden, (request, reply) =>
    sendPage(reply, landingPage(`${request.protocol}://${request.host}`)),
  );
  app.get('/assets/pages.css', hidden, (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=3600').send(PAGES_CSS),
  );
  app.get('/assets/icon.svg', hidden, (_request, reply) =>
    reply.type('image/svg+xml').header('cache-control', 'max-age=3600').send(ICON_SVG),
  );
  app.get('/favicon.ico', hidden, (_request, reply) => reply.redirect('/assets/icon.svg', 301));
  app.get('/problems', hidden, (request, reply) => {
    if (!wantsJson(request.headers.accept)) return sendPage(reply, problemsPage());
    const items = problemTypes().map((type) => ({ type: `/problems/${type.name}`, ...type }));
    return reply.type('application/json; charset=utf-8').send({ items });
  });
  app.get(
    '/problems/:name',
    { ...hidden, schema: { hide: true, params: z.object({ name: z.string().max(100) }) } },
    (request, reply) => {
      const type = problemTypes().find((one) => one.name === request.params.name);
      if (!type) throw new Problem(notFound, 'No problem has this name.');
      if (!wantsJson(request.headers.accept)) return sendPage(reply, problemPage(type));
      const document = { type: `/problems/${type.name}`, ...type };
      return reply.type('application/json; charset=utf-8').send(document);
    },
  );
}
