import type { Command } from '../command.js';
import { studyCommands } from './oversight/studyCommands.js';

export const commands: readonly Command[] = [...studyCommands];
