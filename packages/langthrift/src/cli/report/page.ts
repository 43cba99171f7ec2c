const style = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6776; --line: #d8dee6; --back: #ffffff; --card: #f6f8fa; --accent: #1f7a5c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #9aa7b6; --line: #33404e; --back: #11171e; --card: #19212a; --accent: #5cc29d; } .chart { background: #ffffff; border-radius: 8px; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
section > p { margin: 0 0 .75rem; color: var(--soft); }
.source { color: var(--soft); overflow-wrap: anywhere; }
.badge { color: #8a4b00; background: #ffe9c7; border-radius: 4px; padding: .1rem .4rem; font-size: .85rem; white-space: nowrap; }
.remark { border-left: 3px solid var(--accent); padding-left: .75rem; margin: .5rem 0; font-size: .95rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin-top: 1.25rem; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; }
.tile .name { color: var(--soft); font-size: .9rem; }
.tile .value { font-size: 1.7rem; font-weight: 600; }
.tile .note { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
.chart svg { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid var(--line); font-weight: normal; overflow-wrap: anywhere; }
td { font-variant-numeric: tabular-nums; }
`;

/** A page that stands alone: nothing is loaded, no script runs. */
export function page({ title, body }: { readonly title: string; readonly body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
