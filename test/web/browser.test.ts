/** The page in a real browser: one site for all of these. */
import './ask.ts';
import './page.ts';
import './meaning.ts';
import './everyone.ts';
import './operator.ts';
