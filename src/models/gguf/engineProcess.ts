import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ModelFailure } from '../failure.js';
import { FromEngine, type ToEngine } from './protocol.js';

const program = fileURLToPath(new URL('./child.js', import.meta.url));

/** What a process gets of the environment: where things are, and none of the secrets. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SYSTEMROOT', 'LD_LIBRARY_PATH', 'LANG'];

const environment = (): Record<string, string> => ({
  NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true',
  ...Object.fromEntries(
    passedOn.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  ),
});

/** A process with the engine in it. It is told one thing at a time. */
export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #settle: ((said: FromEngine | ModelFailure) => void) | null = null;
  #dead: ModelFailure | null = null;
  /** Why it was ended from here; null while it was not. */
  #ended: string | null = null;
  /** The end of what it wrote to its error stream: a native abort says there why. */
  #lastWords = '';

  constructor() {
    this.#child = fork(program, [], {
      execArgv: [],
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-2_000);
    });
    this.#child.on('message', (message) => this.#hear(message));
    this.#child.on('error', (error) => this.#die(error.message));
    this.#exited = once(this.#child, 'close').then(
      ([code, signal]: unknown[]) =>
        this.#die(`it ended with ${signal === null ? `code ${String(code)}` : String(signal)}`),
      () => undefined,
    );
  }

  get alive(): boolean {
    return this.#dead === null && this.#ended === null;
  }

  #die(why: string): void {
    const words = this.#lastWords.split('\n').find((line) => /error|assert|abort/i.test(line));
    this.#dead ??= new ModelFailure(
      'again',
      this.#ended ??
        `The process with the engine for model files died: ${why}.${words ? ` ${words.trim()}` : ''}`,
    );
    this.#settle?.(this.#dead);
  }

  #hear(message: unknown): void {
    const said = FromEngine.safeParse(message);
    if (said.success) return this.#settle?.(said.data);
    this.#settle?.(
      new ModelFailure('stop', 'The process with the engine for model files answers wrongly.', {
        cause: said.error,
      }),
    );
    void this.end('It answered wrongly.');
  }

  /**
   * Tells it one thing and resolves to its answer. Throws a `ModelFailure`: what the process reports,
   * or of kind `again` where it dies.
   */
  async tell(message: Exclude<ToEngine, { say: 'cancel' }>): Promise<FromEngine> {
    if (this.#dead !== null) throw this.#dead;
    const said = await new Promise<FromEngine | ModelFailure>((resolve) => {
      this.#settle = resolve;
      this.#child.send(message, (error) => {
        if (error !== null) this.#child.kill('SIGKILL');
      });
    });
    this.#settle = null;
    if (said instanceof ModelFailure) throw said;
    if (said.say === 'failed')
      throw new ModelFailure(said.kind, said.message, { reason: said.reason });
    return said;
  }

  /** Ends what it is working on, soon; `tell` then resolves to `cancelled`. */
  cancel(): void {
    if (this.alive) this.#child.send({ say: 'cancel' } satisfies ToEngine, () => undefined);
  }

  /** Kills it, and waits until it is gone. What it was told fails with this sentence. */
  async end(why: string): Promise<void> {
    this.#ended ??= why;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
