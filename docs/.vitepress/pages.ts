// What the sidebar shows is read from the folders: a new guide is a new Markdown file, a new section a folder with an index.md.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DefaultTheme } from "vitepress";
import { publishedPackages } from "../scripts/packages.mjs";

const docs = fileURLToPath(new URL("..", import.meta.url));
const notSections = ["api", "node_modules", "public", "scripts", "test-results"];

interface Page {
  readonly title: string;
  /** Pages without one come last, by title. */
  readonly order: number;
  readonly link: string;
}

/** A page's front matter holds `title` and `order`; no more of YAML is read. */
function readPage(file: string): Page {
  const [, front = ""] = /^---\n([\s\S]*?)\n---/.exec(readFileSync(join(docs, file), "utf8")) ?? [];
  const field = (name: string): string | undefined => new RegExp(`^${name}: *(.+)$`, "m").exec(front)?.[1]?.replace(/^"(.*)"$/, "$1");
  const title = field("title");
  if (title === undefined) throw new Error(`docs/${file} has no \`title\` in its front matter; the sidebar needs one.`);
  return { title, order: Number(field("order") ?? Infinity), link: `/${file.replace(/\.md$/, "").replace(/(^|\/)index$/, "$1")}` };
}

const byOrder = (a: Page, b: Page): number => (a.order === b.order ? a.title.localeCompare(b.title) : a.order - b.order);

function markdownIn(folder: string): string[] {
  return readdirSync(join(docs, folder)).filter((name) => name.endsWith(".md"));
}

function sections(): { head: Page; pages: Page[] }[] {
  const folders = readdirSync(docs, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && !notSections.includes(entry.name))
    .map((entry) => entry.name);
  return folders
    .map((folder) => ({
      head: readPage(`${folder}/index.md`),
      pages: markdownIn(folder)
        .filter((name) => name !== "index.md")
        .map((name) => readPage(`${folder}/${name}`))
        .sort(byOrder),
    }))
    .sort((a, b) => byOrder(a.head, b.head));
}

/** Pages that are in no section: security, benchmarks. */
function loosePages(): Page[] {
  return markdownIn(".")
    .filter((name) => name !== "index.md")
    .map(readPage)
    .sort(byOrder);
}

const item = ({ title, link }: Page): DefaultTheme.SidebarItem => ({ text: title, link });

/** The sidebar of the guides, and below `/api/` that of the packages. */
export function sidebar(): DefaultTheme.SidebarMulti {
  const guides = [
    ...sections().map(({ head, pages }) => ({ text: head.title, link: head.link, items: pages.map(item) })),
    { text: "More", items: [...loosePages().map(item), { text: "API reference", link: "/api/" }] },
  ];
  const api = publishedPackages().map(({ name, entries }) => ({
    text: name,
    link: `/api/${name}`,
    items: entries.filter(({ subpath }) => subpath !== ".").map(({ subpath, module }) => ({ text: subpath, link: `/api/${module}` })),
  }));
  return { "/": guides, "/api/": [{ text: "API reference", link: "/api/", items: [] }, ...api] };
}

/** The bar at the top: the first section, then the others by name. */
export function navigation(): DefaultTheme.NavItem[] {
  const links = sections().map(({ head }) => ({ text: head.title, link: head.link }));
  return [...links, { text: "Benchmarks", link: "/benchmarks" }, { text: "API", link: "/api/" }];
}
