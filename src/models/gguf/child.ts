/**
 * The process with the engine: a native abort or a kill ends it and nothing else. It ends with the
 * process that started it.
 */
import { basename } from 'node:path';
import { constants, setPriority } from 'node:os';
import { ModelFailure } from '../failure.js';
import { importEngine } from './engine.js';
import { LocalModel } from './localModel.js';
import { ToEngine, type FromEngine } from './protocol.js';
import { controlTokenIn } from './tokens.js';

let model: LocalModel | null = null;
let work = new AbortController();

async function answer(message: Exclude<ToEngine, { say: 'cancel' }>): Promise<FromEngine> {
  if (message.say === 'load') {
    model = await LocalModel.load(await importEngine(message.engine), {
      ...message,
      name: basename(message.file),
    });
    return { say: 'loaded' };
  }
  if (model === null) throw new Error('no model is loaded');
  if (message.say === 'find-control-tokens') {
    const { tokeniser } = model;
    return {
      say: 'control-tokens',
      found: message.texts.map((text) => controlTokenIn(tokeniser, text)),
    };
  }
  const { request } = message;
  return {
    say: 'answer',
    answer:
      request.verb === 'complete'
        ? await model.complete(request, work.signal)
        : await model.score(request, work.signal),
  };
}

function failed(error: unknown): FromEngine {
  if (error instanceof ModelFailure)
    return { say: 'failed', kind: error.kind, message: error.message, reason: error.reason };
  const why = error instanceof Error ? error.message : String(error);
  return {
    say: 'failed',
    kind: 'again',
    message: `The engine for model files failed: ${why}`,
    reason: null,
  };
}

async function receive(message: ToEngine): Promise<void> {
  if (message.say === 'cancel') return work.abort();
  work = new AbortController();
  const said = await answer(message).catch((error: unknown): FromEngine =>
    work.signal.aborted ? { say: 'cancelled' } : failed(error),
  );
  process.send?.(said);
}

// The server, on which people rate at this moment, comes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
// Nothing is to be saved, and an orderly exit would wait for the engine.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message) => void receive(ToEngine.parse(message)));
