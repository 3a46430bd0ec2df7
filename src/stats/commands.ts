import type { Command } from '../command.js';
import { consensusCommand } from './consensusCommand.js';
import { statsCommand } from './statsCommand.js';

export const commands: readonly Command[] = [statsCommand, consensusCommand];
