/** Runs before anything is painted, so that nobody sees a flash of the wrong theme. */
import { followAppearance } from "./appearance.ts"

followAppearance()
