import { defineConfig } from "vitepress";
import { slug } from "../scripts/slug.mjs";
import { navigation, sidebar } from "./pages.ts";
import { repositoryLinks } from "./repository-links.ts";

export default defineConfig({
  title: "LangThrift",
  description: "A LangChain.js toolkit that makes an LLM application cost less and answer as well.",
  lang: "en",
  // The folder below which the site is served, for a project page of a code host.
  base: process.env["DOCS_BASE"] ?? "/",
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${process.env["DOCS_BASE"] ?? "/"}logo.svg` }]],
  srcExclude: ["scripts/**", "test-results/**"],
  markdown: { config: repositoryLinks, anchor: { slugify: slug } },
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
  themeConfig: {
    logo: "/logo.svg",
    nav: navigation(),
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    search: {
      provider: "local",
      options: {
        // The guides first: the reference has many more words.
        miniSearch: { searchOptions: { boostDocument: (id: string) => (id.startsWith("/api/") ? 0.4 : 1) } },
      },
    },
    docFooter: { prev: "Previous", next: "Next" },
  },
});
