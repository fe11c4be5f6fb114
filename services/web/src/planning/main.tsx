import { mount } from "@/ui/mount";
import { SignedIn } from "@/ui/SignedIn";
import { Planning } from "./Planning";

mount(
  <SignedIn app="planning" roles={["planner", "administrator"]}>
    <Planning />
  </SignedIn>,
);
