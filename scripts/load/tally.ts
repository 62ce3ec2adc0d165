/** What became of requests: answers and refusals are counted, everything else is kept to be looked at. */

export class Tally {
  /** By what was asked: how often each outcome came. */
  readonly #outcomes = new Map<string, Map<string, number>>();
  readonly unexpected: string[] = [];
  total = 0;

  /** Returns the answer, or undefined where there is none worth looking at. `fine`: codes that are no failure here. */
  async ask(
    what: string,
    url: string,
    init: RequestInit = {},
    fine: readonly string[] = [],
  ): Promise<Response | undefined> {
    this.total++;
    let response: Response;
    try {
      response = await fetch(url, init);
    } catch (error) {
      this.#fail(what, `${String(error)} ${String((error as Error).cause)}`);
      return undefined;
    }
    if (response.ok) {
      this.#count(what, 'answered');
      return response;
    }
    const text = await response.text();
    const code = /"code":"(\w+)"/.exec(text)?.[1] ?? `HTTP ${response.status}`;
    const refused = response.status === 503 && refusals.has(code) && response.headers.has('retry-after');
    if (refused || fine.includes(code)) this.#count(what, code);
    else this.#fail(what, `${response.status} ${text.slice(0, 300)}`);
    return undefined;
  }

  /** Rows: what was asked, how often, answered, and what else. */
  rows(): string[][] {
    return [...this.#outcomes].map(([what, outcomes]) => {
      const total = [...outcomes.values()].reduce((a, b) => a + b, 0);
      const others = [...outcomes].filter(([name]) => name !== 'answered');
      const said = others.map(([name, count]) => `${count} ${name}`).join(', ');
      return [what, String(total), String(outcomes.get('answered') ?? 0), said || '-'];
    });
  }

  #fail(what: string, why: string): void {
    this.#count(what, 'failed');
    this.unexpected.push(`${what}: ${why}`);
    console.error(`  ${what}: ${why}`);
  }

  #count(what: string, outcome: string): void {
    const outcomes = this.#outcomes.get(what) ?? new Map<string, number>();
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    this.#outcomes.set(what, outcomes);
  }
}

const refusals = new Set(['SERVER_BUSY', 'CATALOG_BUSY']);
