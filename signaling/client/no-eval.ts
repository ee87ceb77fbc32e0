/** Our Content-Security-Policy forbids eval; zod would try it once and be reported. Must be imported before any schema. */
import { z } from "zod";

z.config({ jitless: true });
