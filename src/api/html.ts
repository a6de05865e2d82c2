import type { FastifyReply } from 'fastify';

/** Text made safe to stand in HTML, quotes included. */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? '');
}

/** Turns `code` in a line of prose into HTML. */
export function proseHtml(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** A whole page around `main`, which is HTML already. */
export function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/pages.css">
</head>
<body>
<header><a href="/" class="brand">onhand</a></header>
<main>
${main}
</main>
</body>
</html>
`;
}

const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sends a page under a policy that lets in nothing but our own style sheet and pictures. */
export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .header('content-security-policy', PAGE_POLICY)
    .type('text/html; charset=utf-8')
    .send(html);
}

export const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0b5d4e"/>
<path d="M7 12l9-5 9 5v9l-9 5-9-5z M7 12l9 5 9-5 M16 17v9" fill="none" stroke="#fff"
 stroke-width="2" stroke-linejoin="round"/>
</svg>
`;

export const PAGES_CSS = `:root {
  color-scheme: light dark;
  --ink: #17211f; --soft: #4c5a56; --paper: #fbfcfb; --card: #fff; --line: #d9e0dd;
  --accent: #0b5d4e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8eeec; --soft: #a5b3ae; --paper: #111715; --card: #19211f; --line: #2d3936;
    --accent: #6fd0ba;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header { border-bottom: 1px solid var(--line); padding: 0.8rem max(1rem, calc(50vw - 27rem)); }
main { max-width: 56rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0.5rem 0; text-wrap: balance; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.6rem; }
p { max-width: 44rem; }
a { color: var(--accent); text-underline-offset: 0.15em; }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; font-size: 0.9em; }
pre {
  background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 0.8rem 1rem; overflow-x: auto;
}
.soft { color: var(--soft); }
.cards {
  display: grid; gap: 0.8rem; padding: 0; list-style: none;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
}
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.cards a { display: block; padding: 0.9rem 1rem; text-decoration: none; font-weight: 600; }
.cards span { display: block; color: var(--soft); font-weight: 400; font-size: 0.92rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.5rem 0.7rem 0.5rem 0; vertical-align: top; }
tr { border-bottom: 1px solid var(--line); }
dt { font-weight: 600; margin-top: 1rem; }
dd { margin: 0.2rem 0 0; }
`;
