import { z } from 'zod';
import type { Command, CommandContext } from '../command.js';
import { parse } from '#web/parse.js';
import { notFound } from '#web/problem.js';
import {
  type Account,
  changeAccount,
  createLink,
  Email,
  findAccountByEmail,
  inviteAccount,
  listAccounts,
  PersonName,
  Role,
  roles,
} from './account.js';
import { linkAddress } from './administration.js';
import { recordAudit } from './audit.js';
import { createToken } from './tokens.js';

async function accountOf(context: CommandContext, email: string | undefined): Promise<Account> {
  const account = await findAccountByEmail(context.application.db, email ?? '');
  if (account === undefined) throw notFound(`account as ${email ?? ''}`);
  return account;
}

const audit = (context: CommandContext, action: string, account: Account): Promise<unknown> =>
  recordAudit(context.application.db, {
    at: context.application.now(),
    staff: null,
    action,
    subject: `account ${account.public_id}`,
  });

const setState =
  (state: 'active' | 'disabled'): Command['run'] =>
  async (context, [email]) => {
    const account = await changeAccount(context.application.db, await accountOf(context, email), {
      state,
      now: context.application.now(),
    });
    await audit(context, 'account.change', account);
    context.say(`${account.email} is ${account.state}.`);
    context.answer({ email: account.email, state: account.state });
    return 0;
  };

export const commands: readonly Command[] = [
  {
    name: 'users add',
    sentence: 'Invites a person and prints the one-time link that sets their password.',
    arguments: [['<email>', 'their e-mail address; they sign in with it']],
    options: [
      ['--role <role>', `one of ${Object.keys(roles).join(', ')} (default: researcher)`],
      ['--name <name>', 'their name (default: the address)'],
    ],
    async run(context, [email], options) {
      const given = parse(z.object({ email: Email, role: Role, name: PersonName }), {
        email,
        role: options['role'] ?? 'researcher',
        name: options['name'] ?? email,
      });
      const { account, secret } = await inviteAccount(context.application.db, {
        ...given,
        now: context.application.now(),
      });
      await audit(context, 'account.invite', account);
      const link = linkAddress(context.application, secret);
      context.say(
        `${account.email} (${account.role}) opens this link once, within 14 days:\n${link}`,
      );
      context.answer({ email: account.email, role: account.role, link });
      return 0;
    },
  },
  {
    name: 'users list',
    sentence: 'Lists the accounts.',
    async run(context) {
      const accounts = await listAccounts(context.application.db);
      for (const account of accounts)
        context.say(`${account.email}\t${account.role}\t${account.state}`);
      context.answer(
        accounts.map((account) => ({
          email: account.email,
          name: account.name,
          role: account.role,
          state: account.state,
        })),
      );
      return 0;
    },
  },
  {
    name: 'users disable',
    sentence: 'Disables an account and ends its sessions.',
    arguments: [['<email>', 'the account']],
    run: setState('disabled'),
  },
  {
    name: 'users enable',
    sentence: 'Enables an account again.',
    arguments: [['<email>', 'the account']],
    run: setState('active'),
  },
  {
    name: 'users reset',
    sentence: 'Prints a one-time link that sets a new password.',
    arguments: [['<email>', 'the account']],
    async run(context, [email]) {
      const account = await accountOf(context, email);
      const secret = await createLink(context.application.db, {
        purpose: account.state === 'invited' ? 'invitation' : 'password-reset',
        accountId: account.id,
        now: context.application.now(),
      });
      await audit(context, 'account.link', account);
      const link = linkAddress(context.application, secret);
      context.say(link);
      context.answer({ email: account.email, link });
      return 0;
    },
  },
  {
    name: 'tokens add',
    sentence: 'Makes an API token that acts as the account, and prints it once.',
    arguments: [['<email>', 'the account']],
    options: [['--name <name>', 'what the token is for (default: command line)']],
    async run(context, [email], options) {
      const account = await accountOf(context, email);
      const name = typeof options['name'] === 'string' ? options['name'] : 'command line';
      const { token, secret } = await createToken(context.application.db, {
        accountId: account.id,
        name,
        now: context.application.now(),
      });
      await audit(context, 'token.create', account);
      context.say(secret);
      context.answer({ id: token.public_id, token: secret });
      return 0;
    },
  },
];
