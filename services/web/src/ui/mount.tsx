/** Puts a page into its document. */
import "./base.css";
import "./sign-in.css";
import "@/common/theme";
import { type ComponentChild, render } from "preact";

export function mount(page: ComponentChild): void {
  const root = document.getElementById("app");
  if (!root) throw new Error("the page has no #app");
  render(page, root);
}
