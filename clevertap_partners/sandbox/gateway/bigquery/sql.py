"""What a SQL text says before anybody runs it: its statements, tables and columns."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from clevertap_partners.sandbox.gateway.bigquery.refusals import invalid_query

DIALECT = "bigquery"
SELECT, SCRIPT = "SELECT", "SCRIPT"
# It says on the log what it does not understand; we say it to whoever asked.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_KINDS: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.Query, SELECT),
    (exp.Insert, "INSERT"),
    (exp.Update, "UPDATE"),
    (exp.Delete, "DELETE"),
    (exp.Merge, "MERGE"),
    (exp.TruncateTable, "TRUNCATE_TABLE"),
    (exp.Export, "EXPORT_DATA"),
)


_PARTS = (exp.Table, exp.TableAlias, exp.Alias)


@dataclass(frozen=True, order=True)
class TableName:
    project: str
    dataset: str
    table: str

    def __str__(self) -> str:
        return f"{self.project}:{self.dataset}.{self.table}"

    @property
    def is_special(self) -> bool:
        """Not one table of the dataset, but a view of its metadata, or several by a pattern."""
        return self.table.upper().startswith("INFORMATION_SCHEMA.") or "*" in self.table


@dataclass(frozen=True)
class Parsed:
    """`columns` are all names that are read, in lower case; None when a star reads them all."""

    text: str
    kind: str
    trees: tuple[exp.Expr, ...] = field(repr=False)
    reads: tuple[TableName, ...] = ()
    writes: tuple[TableName, ...] = ()
    columns: frozenset[str] | None = None

    @property
    def tree(self) -> exp.Expr:
        return self.trees[0]


def parse(text: str, *, project: str, dataset: str) -> Parsed:
    """Read a SQL text. Table names become whole ones. Raises invalidQuery as Google words it."""
    trees = _trees(text)
    for tree in trees:
        _check_select_lists(tree, text)
    kind = SCRIPT if len(trees) > 1 else _kind(trees[0])
    reads: set[TableName] = set()
    writes: set[TableName] = set()
    for tree in trees:
        target = _target(tree)
        for node in _tables(tree):
            name = _whole_name(node, text, project, dataset)
            (writes if node is target else reads).add(name)
    return Parsed(text, kind, trees, tuple(sorted(reads)), tuple(sorted(writes)), _columns(trees))


def position(text: str, name: str, *, first: int = 0) -> str:
    """Where a name stands, as [line:column]; the beginning when it is not there."""
    for token in _tokens(text):
        if token.start >= first and token.text.lower() == name.lower():
            return _at(text, token.start)
    return "[1:1]"


def as_typed(text: str, name: str) -> str:
    """A name in the case in which it was typed."""
    return next((one.text for one in _tokens(text) if one.text.lower() == name.lower()), name)


def _trees(text: str) -> tuple[exp.Expr, ...]:
    try:
        tokens = sqlglot.tokenize(text, dialect=DIALECT)
    except TokenError as error:
        raise invalid_query(_unclosed(text, str(error))) from error
    if not tokens:
        raise invalid_query("Syntax error: Unexpected end of statement at [1:1]")
    try:
        trees = sqlglot.parse(text, dialect=DIALECT)
    except ParseError as error:
        raise invalid_query(_syntax_error(text, tokens, error)) from error
    found = tuple(tree for tree in trees if tree is not None)
    if isinstance(found[0], (exp.Column, exp.Alias, exp.Identifier, exp.Literal)):
        raise invalid_query(f"Syntax error: Unexpected {_named(tokens[0])} at {_at(text, 0)}")
    return found


def _kind(tree: exp.Expr) -> str:
    for known, kind in _KINDS:
        if isinstance(tree, known):
            return kind
    if isinstance(tree, exp.Create):
        what = str(tree.args.get("kind", "TABLE")).upper()
        from_query = what == "TABLE" and isinstance(tree.expression, exp.Query)
        return f"CREATE_{what}{'_AS_SELECT' if from_query else ''}"
    if isinstance(tree, (exp.Drop, exp.Alter)):
        return f"{tree.key.upper()}_{str(tree.args.get('kind', 'TABLE')).upper()}"
    if isinstance(tree, exp.Command) and str(tree.this).upper() == "CALL":
        return "CALL"
    return SCRIPT


def _target(tree: exp.Expr) -> exp.Expr | None:
    """The table that a statement changes."""
    if isinstance(tree, (exp.Query, exp.Export)):
        return None
    found = tree.this if isinstance(tree.this, exp.Expr) else tree
    return found.find(exp.Table) if found is not None else None


def _tables(tree: exp.Expr) -> list[exp.Table]:
    """The nodes that name tables: not those that name a WITH, or an array of a row."""
    ours = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    nodes = [node for node in tree.find_all(exp.Table) if isinstance(node.this, exp.Identifier)]
    rows = {node.alias_or_name.lower() for node in nodes}
    return [
        node
        for node in nodes
        if not (len(node.parts) == 1 and node.name.lower() in ours)
        and not (len(node.parts) == 2 and node.db.lower() in rows and node.db != node.alias_or_name)
    ]


def _whole_name(node: exp.Table, text: str, project: str, dataset: str) -> TableName:
    name, db, catalog = node.name, node.db, node.catalog
    if not db and not dataset:
        where = position(text, name)
        raise invalid_query(
            f'Table "{name}" must be qualified with a dataset (e.g. dataset.table) at {where}'
        )
    whole = TableName(catalog or project, db or dataset, name)
    if not whole.is_special:
        node.set("db", exp.to_identifier(whole.dataset, quoted=True))
        node.set("catalog", exp.to_identifier(whole.project, quoted=True))
    return whole


def _columns(trees: tuple[exp.Expr, ...]) -> frozenset[str] | None:
    names: set[str] = set()
    for tree in trees:
        for star in tree.find_all(exp.Star):
            if not isinstance(star.parent, exp.Count):
                return None
        names.update(column.name.lower() for column in tree.find_all(exp.Column))
        # As in USING (…), and where a name is all that a function is given.
        loose = (one for one in tree.find_all(exp.Identifier) if not isinstance(one.parent, _PARTS))
        names.update(one.name.lower() for one in loose)
    return frozenset(names)


def _check_select_lists(tree: exp.Expr, text: str) -> None:
    for select in tree.find_all(exp.Select):
        if not select.expressions:
            where = position(text, "FROM")
            raise invalid_query(f"Syntax error: SELECT list must not be empty at {where}")


def _syntax_error(text: str, tokens: list[Token], error: ParseError) -> str:
    """The parser's refusal in Google's words, at the beginning of what it stumbled over."""
    first, facts = tokens[0], error.errors[0] if error.errors else {}
    if first.token_type == TokenType.VAR:
        return f"Syntax error: Unexpected {_named(first)} at {_at(text, first.start)}"
    stumbled = _token_at(tokens, facts.get("line") or 1, facts.get("col") or 1)
    description = str(facts.get("description", ""))
    after = next((one for one in tokens if one.start > stumbled.start), None)
    if description.startswith("Expecting"):
        wanted = description.removeprefix("Expecting").strip()
        got = "end of script" if after is None else _named(stumbled)
        where = _end(text) if after is None else _at(text, stumbled.start)
        return f'Syntax error: Expected "{wanted}" but got {got} at {where}'
    if after is None and stumbled.text.isupper():  # a keyword, and nothing behind it
        return f"Syntax error: Unexpected end of script at {_end(text)}"
    if description.startswith("Required keyword"):
        if after is None:
            return f"Syntax error: Unexpected end of script at {_end(text)}"
        stumbled = after
    return f"Syntax error: Unexpected {_named(stumbled)} at {_at(text, stumbled.start)}"


def _token_at(tokens: list[Token], line: int, column: int) -> Token:
    found = [one for one in tokens if (one.line, one.col) <= (line, column)]
    return found[-1] if found else tokens[0]


def _named(token: Token) -> str:
    """A token as Google names it."""
    if token.token_type in {TokenType.VAR, TokenType.IDENTIFIER}:
        return f'identifier "{token.text}"'
    if token.token_type == TokenType.STRING:
        return f'string literal "{token.text}"'
    if token.token_type == TokenType.NUMBER:
        return f'integer literal "{token.text}"'
    if token.text.replace("_", "").isalpha():
        return f"keyword {token.text.upper()}"
    return f'"{token.text}"'


def _unclosed(text: str, said: str) -> str:
    found = re.search(r"Missing .* from (\d+):(\d+)", said)
    where = f"[{found[1]}:{found[2]}]" if found else _last_quote(text)
    return f"Syntax error: Unclosed string literal at {where}"


def _last_quote(text: str) -> str:
    return _at(text, max(text.rfind(mark) for mark in "'\"`"))


def _tokens(text: str) -> list[Token]:
    try:
        return sqlglot.tokenize(text, dialect=DIALECT)
    except TokenError:
        return []


def _end(text: str) -> str:
    return _at(text, len(text.rstrip().rstrip(";")))


def _at(text: str, index: int) -> str:
    before = text[: max(index, 0)]
    return f"[{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}]"
