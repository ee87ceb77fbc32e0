/** What the parts of the page do. */
import type { Result } from "../../../client/account.ts";
import type { WavesView } from "../../../protocol/console-waves.ts";

/** Does something, says that it was done, and shows how things stand then. False: it was refused, and that is said. */
export type Doing = (work: Promise<Result<WavesView>>, done: string) => Promise<boolean>;
