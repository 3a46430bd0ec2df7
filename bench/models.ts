/**
 * Scoring with a model file: pairs of replies a second through the provider, which keeps the engine
 * in a process of its own, against a bare loop over the engine in this process, row by row; the time
 * to the first answer, and the memory of the process. Left out where there is no engine.
 *
 *   node .build/bench/models.js [--rounds 5] [--rows 60] [--file tiny-S.gguf]
 *
 * ASSAY_ENGINE is the folder that the engine was installed into (default data/models/engine), and
 * ASSAY_SHARED the one with `models/` (default ../shared).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism, constants, setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { findEngine, importEngine, type Token } from '#models/gguf/engine.js';
import { logProbabilities } from '#models/gguf/localModel.js';
import { openModelFile } from '#models/gguf/provider.js';
import { ModelSettings } from '#models/settings.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rows: { type: 'string', default: '60' },
    file: { type: 'string', default: 'tiny-S.gguf' },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const median = (values: number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

const Rows = z.object({ rows: z.array(z.object({ prompt: z.string() })) });
const choices = ['agree', 'disagree'].map((word) => `They would ${word} with the above statement.`);
const context = 256;
// As many as the provider takes, at the priority of its process.
const threads = Math.max(1, availableParallelism() - 1);

/** A bare loop over the engine: every reply behind the prompt, without what both begin with. */
async function bareLoop(folder: string): Promise<(prompt: string) => Promise<number[]>> {
  const engine = await importEngine(await findEngine(folder));
  const llama = await engine.getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    maxThreads: threads,
    logLevel: 'error',
    logger: () => undefined,
  });
  const model = await llama.loadModel({ modelPath: join(folder, options.file), gpuLayers: 0 });
  const sequence = (
    await model.createContext({
      contextSize: context,
      batchSize: context,
      sequences: 1,
      threads,
      failedCreationRemedy: false,
    })
  ).getSequence();
  const replies = choices.map((choice) => model.tokenize(` ${choice}`, false));
  const neutral = { temperature: 1, topK: 0, topP: 1, minP: 0 };
  return async (text) => {
    const prompt = [
      ...model.tokenize('<|human|>', true),
      ...model.tokenize(text, false),
      ...model.tokenize('<|assistant|>', true),
    ];
    await sequence.clearHistory();
    const sums: number[] = [];
    for (const reply of replies) {
      const from = Math.min(sequence.nextTokenIndex, prompt.length - 1);
      await sequence.adaptStateToTokens(prompt.slice(0, from), false);
      const path = [...prompt, ...reply.slice(0, -1)].slice(from);
      const before = path.length - reply.length;
      const outputs = await sequence.controlledEvaluate(
        path.map((token, index) => {
          const wanted: Token | undefined = reply[index - before];
          return wanted === undefined
            ? token
            : [
                token,
                {
                  generateNext: {
                    logits: { filter: { tokens: [wanted], includeTop: 1 } },
                    totalLogitWeight: true,
                    options: neutral,
                  },
                },
              ];
        }),
      );
      sums.push(
        reply.reduce((sum, token, index) => {
          const next = outputs[before + index]?.next ?? {};
          return sum + (logProbabilities(next, [token]).get(token) ?? Number.NaN);
        }, 0),
      );
    }
    return sums;
  };
}

async function localFile(engine: string, shared: string): Promise<void> {
  const { rows } = Rows.parse(JSON.parse(readFileSync(join(shared, 'reference.json'), 'utf8')));
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-models-'));
  symlinkSync(engine, join(folder, 'engine'));
  symlinkSync(join(shared, options.file), join(folder, options.file));
  const settings = ModelSettings.parse({
    provider: 'gguf',
    model: options.file,
    form: { kind: 'frame', before: '<|human|>', after: '<|assistant|>', reply: ' ' },
    context,
  });
  const never = new AbortController().signal;
  const started = performance.now();
  const asker = await openModelFile(settings, { hosts: [], keys: {}, folder });
  const opened = performance.now();
  const ask = async (prompt: string): Promise<number[]> => {
    const answer = await asker.ask({ verb: 'score', kind: 'exact', prompt, choices }, never);
    return answer.verb === 'score' ? answer.choices.map((choice) => choice.logProbability) : [];
  };
  await ask(rows[0]?.prompt ?? '');
  say(
    `first answer after ${Math.round(performance.now() - started)} ms, of them ${Math.round(opened - started)} ms to start and load`,
  );
  const memory = execFileSync('ps', ['-o', 'rss=', '--ppid', String(process.pid)], {
    encoding: 'utf8',
  });
  const kilobytes = Math.max(...memory.trim().split('\n').map(Number));
  say(`memory of the process with the engine: ${Math.round(kilobytes / 1024)} MB`);

  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const bare = await bareLoop(folder);
  await bare(rows[0]?.prompt ?? '');
  const [rates, ratios]: [{ bare: number; ask: number }[], number[]] = [[], []];
  let gap = 0;
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const some = rows.slice(round * Number(options.rows)).slice(0, Number(options.rows));
    let [bareTime, askTime] = [0, 0];
    // Row by row in turn, so that what else the machine does meets both alike.
    for (const { prompt } of some) {
      const from = performance.now();
      const figures = await bare(prompt);
      const between = performance.now();
      const others = await ask(prompt);
      bareTime += (between - from) / 1_000;
      askTime += (performance.now() - between) / 1_000;
      for (const [index, figure] of figures.entries())
        gap = Math.max(gap, Math.abs(figure - (others[index] ?? Number.NaN)));
    }
    rates.push({ bare: some.length / bareTime, ask: some.length / askTime });
    ratios.push(bareTime / askTime);
  }
  await asker.close();
  rmSync(folder, { recursive: true, force: true });
  say(
    `pairs scored a second: ${median(rates.map((rate) => rate.ask)).toFixed(1)} through the provider, ${median(rates.map((rate) => rate.bare)).toFixed(1)} in the bare loop; ratio ${median(ratios).toFixed(2)} (rounds ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}; wanted .8)`,
  );
  say(`largest difference between the two: ${gap.toExponential(1)}`);
}

const engine = resolve(process.env['ASSAY_ENGINE'] ?? 'data/models/engine');
const shared = join(resolve(process.env['ASSAY_SHARED'] ?? '../shared'), 'models');
if (existsSync(engine) && existsSync(join(shared, options.file))) {
  await localFile(engine, shared);
  process.exit();
}
say(`left out: no engine in ${engine} (ASSAY_ENGINE), or no ${options.file} in ${shared}`);
