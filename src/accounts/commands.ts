import { z } from 'zod';
import { type Command, type CommandContext, parseOptions } from '../command.js';
import type { Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
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

/** Does something with an account, and writes its line of the audit log in the same transaction. */
const audited = <T>(
  { application }: CommandContext,
  action: string,
  work: (trx: Trx) => Promise<{ account: Account; made: T }>,
): Promise<{ account: Account; made: T }> =>
  inTransaction(application.db, async (trx) => {
    const done = await work(trx);
    await recordAudit(trx, {
      at: application.now(),
      staff: null,
      action,
      subject: `account ${done.account.public_id}`,
    });
    return done;
  });

const setState =
  (state: 'active' | 'disabled'): Command['run'] =>
  async (context, [email]) => {
    const known = await accountOf(context, email);
    const { account } = await audited(context, 'account.change', async (trx) => ({
      account: await changeAccount(trx, known, { state, now: context.application.now() }),
      made: null,
    }));
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
      const given = {
        ...parse(z.object({ email: Email }), { email }),
        ...parseOptions(z.object({ role: Role, name: PersonName }), {
          role: options['role'] ?? 'researcher',
          name: options['name'] ?? email,
        }),
      };
      const { account, made } = await audited(context, 'account.invite', async (trx) => {
        const invited = await inviteAccount(trx, { ...given, now: context.application.now() });
        return { account: invited.account, made: invited.secret };
      });
      const link = linkAddress(context.application, made);
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
      const { made } = await audited(context, 'account.link', async (trx) => ({
        account,
        made: await createLink(trx, {
          purpose: account.state === 'invited' ? 'invitation' : 'password-reset',
          accountId: account.id,
          now: context.application.now(),
        }),
      }));
      const link = linkAddress(context.application, made);
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
      const { made } = await audited(context, 'token.create', async (trx) => ({
        account,
        made: await createToken(trx, {
          accountId: account.id,
          name,
          now: context.application.now(),
        }),
      }));
      const { token, secret } = made;
      context.say(secret);
      context.answer({ id: token.public_id, token: secret });
      return 0;
    },
  },
];
