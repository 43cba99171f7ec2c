import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import type { MarkdownRenderer } from "vitepress";

const root = fileURLToPath(new URL("../..", import.meta.url));
const repository = "https://github.com/langthrift/langthrift/blob/main/";

/** Links that lead out of docs/ go to the file on the code host; one to a file that is not there fails the build. */
export function repositoryLinks(markdown: MarkdownRenderer): void {
  const render = markdown.renderer.rules["link_open"];
  markdown.renderer.rules["link_open"] = (tokens, index, options, env, self) => {
    const token = tokens[index];
    const href = token?.attrGet("href") ?? "";
    const { relativePath = "" } = env as { relativePath?: string };
    if (token && href.startsWith("../")) {
      const target = posix.join("docs", posix.dirname(relativePath), href);
      if (!target.startsWith("docs/")) {
        if (!existsSync(join(root, target.replace(/#.*$/, ""))))
          throw new Error(`docs/${relativePath} links to ${target}, which is not there.`);
        token.attrSet("href", repository + target);
      }
    }
    return render ? render(tokens, index, options, env, self) : self.renderToken(tokens, index, options);
  };
}
