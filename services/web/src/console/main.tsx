import { mount } from "@/ui/mount";
import { SignedIn } from "@/ui/SignedIn";
import { Console } from "./Console";

mount(
  <SignedIn app="console" roles={["dispatcher", "administrator"]}>
    <Console />
  </SignedIn>,
);
