/** The server over HTTP and beneath it: one process with one model and one indexed catalogue for all of these. */
import './client.ts';
import './compute.ts';
import './duplicates.ts';
import './explanations.ts';
import './fuzz.ts';
import './items.ts';
import './refusals.ts';
import './rest.ts';
import './search.ts';
import './serve-command.ts';
import './service.ts';
import './turns.ts';
