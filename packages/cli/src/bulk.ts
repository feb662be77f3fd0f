// RFC 7644 §3.7: `scimkit bulk`, operations from a file.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BulkOperation, BulkResult } from 'scimkit/client';
import { newCommand } from './command.ts';
import { addDocumentOptions, type DocumentOptions, readDocuments } from './documents.ts';
import { failureDetail } from './failure.ts';
import { OptionError } from './option-error.ts';
import { type Json, member } from './output/columns.ts';
import { addOutputOptions, type Column, createPrinter, type OutputOptions } from './output/output.ts';
import { tell } from './output/standard-output.ts';
import { printable } from './printable.ts';
import {
  addPreviewOptions,
  addSessionOptions,
  findType,
  openSession,
  type Session,
  type SessionOptions,
} from './session.ts';

interface BulkOptions extends SessionOptions, OutputOptions, DocumentOptions {
  readonly failOnErrors?: number;
}

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** An operation as RFC 7644 §3.7 writes it, as the client takes it. @throws OptionError */
function readOperation({ types }: Session, json: Json, place: string): BulkOperation {
  const wrong = (problem: string) => new OptionError(`operation ${place}: ${problem}`);
  const told = member(json, 'method');
  const method = METHODS.find((each) => typeof told === 'string' && each === told.toUpperCase());
  if (!method) throw wrong(`"method" must be one of ${METHODS.join(', ')}.`);
  const path = member(json, 'path');
  const [, endpoint = '', segment, ...rest] = typeof path === 'string' ? path.split('/') : [];
  if (typeof path !== 'string' || !path.startsWith('/') || rest.length > 0) {
    throw wrong('"path" must be like "/Users", or "/Users/" and an id.');
  }
  const type = findType(types, endpoint);
  if (!type) {
    throw wrong(
      `there is no resource type at "/${printable(endpoint)}"; there are ${types.map((each) => each.endpoint).join(', ')}.`,
    );
  }
  if (method === 'POST' && segment) throw wrong('the "path" of a POST has no id.');
  if (method !== 'POST' && !segment) throw wrong(`the "path" of a ${method} needs an id.`);
  const data = member(json, 'data');
  if (method !== 'DELETE' && (typeof data !== 'object' || data === null))
    throw wrong(`a ${method} needs "data".`);
  const changes = Array.isArray(data) ? data : member(data, 'Operations');
  if (method === 'PATCH' && !Array.isArray(changes)) throw wrong('the "data" of a PATCH needs "Operations".');
  const text = (name: string) => {
    const value = member(json, name);
    if (value === undefined || value === null) return {};
    if (typeof value !== 'string' || value === '') throw wrong(`"${name}" must be a text.`);
    return { [name]: value };
  };
  return {
    ...{ method, type },
    ...(segment && { id: idIn(segment, wrong) }),
    ...text('bulkId'),
    ...text('version'),
    ...(method === 'PATCH'
      ? { data: changes as object[] }
      : method === 'DELETE'
        ? {}
        : { data: data as object }),
  };
}

function idIn(segment: string, wrong: (problem: string) => OptionError): string {
  if (segment.startsWith('bulkId:')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw wrong('"path" has a percent sign that encodes nothing: write %25 for it.');
  }
}

/** The operations of a document, and what it says of errors. */
async function readRequest(options: BulkOptions): Promise<{
  readonly operations: readonly { readonly place: string; readonly json: Json }[];
  readonly failOnErrors?: number;
}> {
  const documents = await readDocuments(options);
  if (!documents)
    throw new OptionError('say what is done: --file, with a BulkRequest, its Operations, or one per line.');
  const [first] = documents.all;
  if (documents.isList || !first) return { operations: documents.all };
  const list = member(first.json, 'Operations');
  if (!Array.isArray(list)) {
    // One line is an operation too.
    if (member(first.json, 'method') !== undefined) return { operations: [{ place: '1', json: first.json }] };
    throw new OptionError('a BulkRequest needs "Operations" (RFC 7644 §3.7).');
  }
  const limit = member(first.json, 'failOnErrors');
  return {
    operations: list.map((json: unknown, index) => ({ place: `${index + 1}`, json: (json ?? {}) as Json })),
    ...(typeof limit === 'number' && Number.isInteger(limit) && limit > 0 && { failOnErrors: limit }),
  };
}

/** What became of an operation, as it is printed. */
interface Row {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly bulkId?: string;
  /** Absent: it was not carried out, or that is not known. */
  readonly status?: number;
  readonly id?: string;
  readonly version?: string;
  readonly error?: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'operation', read: ({ operation }) => operation },
  { name: 'method', read: ({ method }) => method },
  { name: 'path', read: ({ path }) => path },
  { name: 'bulkId', read: ({ bulkId }) => bulkId },
  { name: 'status', read: ({ status, error }) => status ?? (error === undefined ? 'not done' : 'unknown') },
  { name: 'id', read: ({ id }) => id },
  { name: 'error', read: ({ error }) => error },
];

function rowOf({ operation, status, id, version, error }: BulkResult, place: string): Row {
  const { method, type, bulkId } = operation;
  return {
    ...{
      operation: place,
      method,
      path: type.endpoint + (operation.id === undefined ? '' : `/${operation.id}`),
    },
    ...(bulkId !== undefined && { bulkId }),
    ...(status !== undefined && { status }),
    ...(id !== undefined && !error && { id }),
    ...(version !== undefined && { version }),
    ...(error && { error: failureDetail(error) }),
  };
}

async function bulk(options: BulkOptions): Promise<void> {
  const request = await readRequest(options);
  const session = await openSession(options);
  const { connection, preview } = session;
  const operations = request.operations.map(({ place, json }) => readOperation(session, json, place));
  const failOnErrors = options.failOnErrors ?? request.failOnErrors;
  let results: readonly BulkResult[];
  try {
    results = await connection.client.bulk(operations, failOnErrors === undefined ? {} : { failOnErrors });
  } catch (error) {
    // The client says of operations that can't be sent what is wrong with them.
    if (error instanceof TypeError) throw new OptionError(error.message);
    throw error;
  }
  if (preview) return;
  const printer = createPrinter<Row>(options, COLUMNS);
  for (const [index, result] of results.entries()) {
    await printer.print(rowOf(result, request.operations[index]?.place ?? `${index + 1}`));
  }
  await printer.end();
  const failed = results.filter(({ error }) => error).length;
  const undone = results.filter(({ status, error }) => status === undefined && !error).length;
  if (failed + undone === 0) return;
  tell(`${failed} of ${results.length} operations failed${undone > 0 ? `, ${undone} were not begun` : ''}.`);
  process.exitCode = 1;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It is a whole number of at least 1.');
  return Number(text);
}

/** The command. */
export function bulkCommand(): Command {
  const command = newCommand(
    'bulk',
    'Carry out many operations, in requests as large as the service provider takes',
  );
  addDocumentOptions(command, 'a BulkRequest, its Operations, or one operation per line').addOption(
    new Option('--fail-on-errors <number>', 'begin nothing more after so many errors').argParser(parseCount),
  );
  return addSessionOptions(addPreviewOptions(addOutputOptions(command, 'table'), true))
    .addHelpText(
      'after',
      `
Where there is no Bulk, the operations are sent one by one. "bulkId:..." in place of an id means the resource that the
operation with this bulkId creates, in whichever request that is.

Examples:
  scimkit bulk --file operations.json
  scimkit bulk --file - --fail-on-errors 1 <<'END'
  {"method":"POST","path":"/Users","bulkId":"ada","data":{"userName":"ada"}}
  {"method":"POST","path":"/Groups","data":{"displayName":"Crew","members":[{"value":"bulkId:ada"}]}}
  END

The exit code is 1 if an operation failed.
`,
    )
    .action((options: BulkOptions) => bulk(options));
}
