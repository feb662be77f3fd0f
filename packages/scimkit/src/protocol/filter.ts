// RFC 7644 §3.4.2.2: the grammar of filters (figure 1). Text to tree and back.
import { quote, ScimError } from './error.ts';
import { isAttributePath } from './path.ts';

/** The operators of RFC 7644 §3.4.2.2, table 3, that take a value. */
export type ComparisonOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/** A literal of a filter. */
export type Literal = string | number | boolean | null;

/** A filter as it was written: paths are text, nothing is resolved against a schema. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'present'; readonly path: string }
  | {
      readonly kind: 'compare';
      readonly path: string;
      readonly operator: ComparisonOperator;
      readonly value: Literal;
      /** How a number was written, where that differs from its shortest form. */
      readonly text?: string;
    }
  | { readonly kind: 'valuePath'; readonly path: string; readonly filter: Filter };

/** How large a filter may be. */
export interface FilterLimits {
  /** Characters. Default: 10,000. */
  readonly maxLength?: number;
  /** Nested parentheses, brackets and `not`. Default: 32. */
  readonly maxDepth?: number;
  /** Comparisons. Default: 500. */
  readonly maxNodes?: number;
}

/** What the parser accepts beyond figure 1, and how much of it. */
export interface FilterOptions extends FilterLimits {
  /** A word that is no JSON literal is a string. Called with each such word. Default: refused. */
  readonly unquotedValue?: (word: string) => void;
  /** `a[x].b eq "y"` means `a[x and b eq "y"]`. Called with each such path. Default: refused. */
  readonly comparedValuePath?: (path: string) => void;
}

const OPERATORS: ReadonlySet<string> = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

interface Token {
  readonly kind: '(' | ')' | '[' | ']' | 'word' | 'string' | 'end';
  /** A word as it was written, a string's value. */
  readonly text: string;
  /** Where it starts, counted from 0. */
  readonly at: number;
}

const isSpace = (code: number) => code === 32 || code === 9 || code === 10 || code === 13;
const isBreak = (char: string) => '()[]"'.includes(char) || isSpace(char.charCodeAt(0));

/** One pass over the text; each character is looked at a bounded number of times. */
function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  while (i < text.length) {
    const char = text[i] as string;
    if (isSpace(text.charCodeAt(i))) i++;
    else if (char === '(' || char === ')' || char === '[' || char === ']') {
      tokens.push({ kind: char, text: char, at: i });
      i++;
    } else if (char === '"') {
      let end = i + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      if (end >= text.length) throw invalid('a string lacks its closing quote', i);
      tokens.push({ kind: 'string', text: readString(text.slice(i, end + 1), i), at: i });
      i = end + 1;
    } else {
      let end = i;
      while (end < text.length && !isBreak(text[end] as string)) end++;
      tokens.push({ kind: 'word', text: text.slice(i, end), at: i });
      i = end;
    }
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

function readString(json: string, at: number): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalid('a string is not valid JSON: write \\" for a quote and \\\\ for a backslash', at);
  }
  return value as string;
}

function invalid(problem: string, at: number): ScimError {
  return new ScimError(
    'invalidFilter',
    `The filter is wrong at character ${at + 1}: ${problem}. A filter looks like: userName eq "ada@example.com"`,
  );
}

class Parser {
  private readonly tokens: Token[];
  private readonly options: FilterOptions;
  private readonly maxDepth: number;
  private readonly maxNodes: number;
  private position = 0;
  private depth = 0;
  private nodes = 0;

  constructor(text: string, options: FilterOptions) {
    this.options = options;
    this.maxDepth = options.maxDepth ?? 32;
    this.maxNodes = options.maxNodes ?? 500;
    this.tokens = tokenize(text);
  }

  parse(): Filter {
    const filter = this.or();
    const rest = this.peek();
    if (rest.kind !== 'end') throw invalid(`${quote(rest.text)} is not expected here`, rest.at);
    return filter;
  }

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.position + ahead, this.tokens.length - 1)] as Token;
  }

  private next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.position++;
    return token;
  }

  private isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'word' && token.text.toLowerCase() === word;
  }

  private nested(close: ')' | ']'): Filter {
    const open = this.next();
    if (++this.depth > this.maxDepth)
      throw invalid(`it is nested deeper than ${this.maxDepth} levels (filterDepth)`, open.at);
    const filter = this.or();
    const token = this.next();
    if (token.kind !== close) throw invalid(`"${close}" is missing`, token.at);
    this.depth--;
    return filter;
  }

  private or(): Filter {
    return this.chain('or', () => this.chain('and', () => this.unary()));
  }

  private chain(kind: 'and' | 'or', operand: () => Filter): Filter {
    const first = operand();
    if (!this.isWord(kind)) return first;
    const filters = [first];
    while (this.isWord(kind)) {
      this.next();
      filters.push(operand());
    }
    return { kind, filters: filters.flatMap((f) => (f.kind === kind ? f.filters : [f])) };
  }

  private unary(): Filter {
    if (this.isWord('not') && this.peek(1).kind === '(') {
      this.next();
      return { kind: 'not', filter: this.nested(')') };
    }
    if (this.peek().kind === '(') return this.nested(')');
    return this.expression();
  }

  private expression(): Filter {
    if (++this.nodes > this.maxNodes) {
      throw invalid(`it has more than ${this.maxNodes} comparisons (filterNodes)`, this.peek().at);
    }
    const token = this.next();
    if (token.kind === 'end') throw invalid('an expression is missing at its end', token.at);
    if (token.kind !== 'word' || !isAttributePath(token.text)) {
      throw invalid(`an attribute name is expected, not ${quote(token.text)}`, token.at);
    }
    if (this.peek().kind === '[') {
      const filter = this.nested(']');
      const next = this.peek();
      const isCompared =
        next.kind === 'word' && (next.text.startsWith('.') || OPERATORS.has(next.text.toLowerCase()));
      return isCompared ? this.compared(token, filter) : { kind: 'valuePath', path: token.text, filter };
    }
    return this.attribute(token.text);
  }

  /** `a[x].b eq "y"`, and `a[x] eq "y"` for `a[x].value eq "y"`: figure 1 has them for PATCH paths alone. */
  private compared(token: Token, filter: Filter): Filter {
    const next = this.peek();
    const sub = next.text.startsWith('.') ? this.next().text.slice(1) : 'value';
    if (!this.options.comparedValuePath || !isAttributePath(sub)) {
      throw invalid(
        `nothing may follow "]" in a filter (RFC 7644 §3.4.2.2, figure 1): write ${token.text}[... and ${sub} eq "..."]`,
        next.at,
      );
    }
    this.options.comparedValuePath(`${token.text}[...].${sub}`);
    const last = this.attribute(sub);
    const isNegative = last.kind === 'compare' && last.operator === 'ne';
    const condition: Filter = isNegative ? { ...last, operator: 'eq' } : last;
    const filters = [...(filter.kind === 'and' ? filter.filters : [filter]), condition];
    const found: Filter = { kind: 'valuePath', path: token.text, filter: { kind: 'and', filters } };
    // "ne" speaks of the values as a whole: none of them is such and equal.
    return isNegative ? { kind: 'not', filter: found } : found;
  }

  private attribute(path: string): Filter {
    const token = this.next();
    const operator = token.kind === 'word' ? token.text.toLowerCase() : '';
    if (operator === 'pr') return { kind: 'present', path };
    if (token.kind === 'end') throw invalid(`an operator is missing after ${quote(path)}`, token.at);
    if (!OPERATORS.has(operator)) {
      throw invalid(
        `the operator ${quote(token.text)} is not supported: use eq, ne, co, sw, ew, gt, ge, lt, le or pr`,
        token.at,
      );
    }
    return { kind: 'compare', path, operator: operator as ComparisonOperator, ...this.literal(operator) };
  }

  private literal(operator: string): { value: Literal; text?: string } {
    const token = this.next();
    if (token.kind === 'string') return { value: token.text };
    if (token.kind !== 'word') throw invalid(`a value is missing after "${operator}"`, token.at);
    const { text } = token;
    if (text === 'true' || text === 'false') return { value: text === 'true' };
    if (text === 'null') return { value: null };
    if (NUMBER.test(text)) {
      const value = Number(text);
      if (Number.isFinite(value)) return String(value) === text ? { value } : { value, text };
    }
    if (!this.options.unquotedValue) {
      throw invalid(`the value ${quote(text)} must be in double quotes (RFC 7644 §3.4.2.2)`, token.at);
    }
    this.options.unquotedValue(text);
    return { value: text };
  }
}

/**
 * Parses a filter (RFC 7644 §3.4.2.2, figure 1). Operators and attribute names are case-insensitive.
 *
 * @throws ScimError `invalidFilter`, with the place and what is expected there.
 *
 * @example
 * parseFilter('userName eq "ada" and emails[type eq "work"]');
 */
export function parseFilter(text: string, options: FilterOptions = {}): Filter {
  const maxLength = options.maxLength ?? 10_000;
  if (text.length > maxLength) {
    throw new ScimError(
      'invalidFilter',
      `The filter has ${text.length} characters; at most ${maxLength} are accepted (filterLength).`,
    );
  }
  return new Parser(text, options).parse();
}

/** Writes a filter as text. `formatFilter(parseFilter(x))` is stable: parsing it again gives the same text. */
export function formatFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
      return filter.filters
        .map((f) => (f.kind === 'or' ? `(${formatFilter(f)})` : formatFilter(f)))
        .join(' and ');
    case 'or':
      return filter.filters.map(formatFilter).join(' or ');
    case 'not':
      return `not (${formatFilter(filter.filter)})`;
    case 'present':
      return `${filter.path} pr`;
    case 'valuePath':
      return `${filter.path}[${formatFilter(filter.filter)}]`;
    default:
      return `${filter.path} ${filter.operator} ${filter.text ?? JSON.stringify(filter.value)}`;
  }
}
