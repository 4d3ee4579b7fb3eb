import 'reflect-metadata';
import { importCommand } from './command.js';

const command = importCommand();
command.parseAsync().catch((fault: Error) => command.error(fault.message));
