/** The little Markdown that consent texts use: headings, paragraphs, lists, bold. Never HTML. */
import type { ComponentChildren } from "preact";

export type Block =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] };

/** The blocks of a text; lines that belong together are joined. */
export function blocks(text: string): Block[] {
  return text
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part): Block => {
      const lines = part.split("\n");
      if (lines.every((line) => /^\s*([-*]|\d+\.) |^\s{2,}\S/.test(line))) {
        const items: string[] = [];
        for (const line of lines) {
          const item = /^\s*(?:[-*]|\d+\.) (.*)$/.exec(line);
          if (item) items.push(item[1] ?? "");
          else items.push(`${items.pop() ?? ""} ${line.trim()}`);
        }
        return { kind: "list", items };
      }
      const heading = /^#{1,6} (.*)$/s.exec(part);
      return heading
        ? { kind: "heading", text: heading[1] ?? "" }
        : { kind: "paragraph", text: lines.join(" ") };
    });
}

const inline = (text: string): ComponentChildren =>
  text
    .split(/\*\*(.+?)\*\*/)
    .map((part, at) => (at % 2 === 1 ? <strong key={at}>{part}</strong> : part));

export function Markdown({ text }: { text: string }) {
  return (
    <>
      {blocks(text).map((block, at) => {
        if (block.kind === "heading") return <h3 key={at}>{inline(block.text)}</h3>;
        if (block.kind === "paragraph") return <p key={at}>{inline(block.text)}</p>;
        return (
          <ul key={at} class="bullets">
            {block.items.map((item) => (
              <li key={item}>{inline(item)}</li>
            ))}
          </ul>
        );
      })}
    </>
  );
}
