/** The page in a real browser: one site for all of these. */
import './page.ts';
import './everyone.ts';
import './operator.ts';
