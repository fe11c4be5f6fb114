import { mount } from "@/ui/mount";
import { SignedIn } from "@/ui/SignedIn";
import { Rescuer } from "./Rescuer";

mount(
  <SignedIn app="rescuer" roles={["rescuer"]}>
    <Rescuer />
  </SignedIn>,
);
