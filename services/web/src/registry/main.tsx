import { mount } from "@/ui/mount";
import { SignedIn } from "@/ui/SignedIn";
import { Registry } from "./Registry";

mount(
  <SignedIn app="registry" roles={["registrar", "administrator"]}>
    <Registry />
  </SignedIn>,
);
