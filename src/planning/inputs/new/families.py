"""Tables that belong together (a workbook a month, a sheet a department), and what each family is: ledger, budget, orders, list."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from planning.core.periods import YEARS, year_in, year_spanned
from planning.inputs.new.columns import Column, describe, scenario_of
from planning.inputs.new.look import Table
from planning.inputs.new.words import TABLES, month_in, says

MONTH_SAID = re.compile(
    r"(?:19|20)\d{2}\s*(?:年\s*第?|[-./_ ]\s*|)\d{1,2}\s*[月期]?|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ _\-]?(?:19|20)\d{2}",
    re.I,
)
YEAR_SAID = re.compile(r"(?:19|20)\d{2}(?!\d)")


@dataclass
class Family:
    """Tables with the same columns in the same place, taken as one source.

    `what` is what they hold and `sure` how sure that is; `parts` are the columns by role; `file_says` and `sheet_says` what the
    files' and sheets' names carry (period, fiscal_year, version, department, entity, part or nothing).
    """

    name: str
    tables: list[Table]
    columns: dict[str, Column]
    what: str = "unknown"
    sure: float = 0.0
    pattern: str = ""
    file_says: list[str] = field(default_factory=list)
    sheet_says: str = ""
    scale: float = 1.0
    """How many units one figure stands for."""
    only_files: list[str] = field(default_factory=list)
    not_files: list[str] = field(default_factory=list)
    """What files of its pattern say in the first braces that are its own alone, or another family's."""
    closing: str = ""
    """The account to which its entries carry the result: such entries are no movements of profit and loss."""
    marks: tuple[str, tuple[str, ...]] = ("", ())
    """In files: the column that marks such entries, and its texts on them."""

    @property
    def parts(self) -> dict[str, str]:
        """Which column plays which role; of several the surest."""
        found: dict[str, str] = {}
        for column in sorted(self.columns.values(), key=lambda column: (-column.sure, column.dates == "%Y%m%d")):
            found.setdefault(column.role, column.name)
        found.pop("", None)
        return found

    @property
    def first(self) -> Table:
        """The first of its tables, as an example."""
        return self.tables[0]

    @property
    def months(self) -> list[str]:
        """The columns that are months."""
        return [column.name for column in self.columns.values() if column.role == "month_across"]

    @property
    def line(self) -> str:
        """The column that says which account or line a row is; empty where there is none."""
        named = [self.parts[role] for role in ("account_name", "category", "label") if role in self.parts]
        return self.parts.get("account") or next((name for name in named if self.columns[name].kind == "text"), "")

    @property
    def reported(self) -> bool:
        """Whether quarterly reports restate whole years: the same month stands in several quarters."""
        if not self.has("fiscal_year", "fiscal_month", "quarter"):
            return False
        rows = self.first.sample[[self.parts[role] for role in ("fiscal_year", "fiscal_month", "quarter")]].drop_duplicates()
        return bool((rows.groupby(list(rows.columns[:2])).size() > 1).mean() > 0.5)

    @property
    def rows(self) -> int:
        """Rows in all its tables, some estimated."""
        return sum(table.rows for table in self.tables)

    @property
    def words(self) -> str:
        """What its file, sheet and title say."""
        return " ".join([self.pattern or self.first.file, self.first.sheet, *self.first.above[:3]])

    def has(self, *roles: str) -> bool:
        """Whether all these roles are played."""
        return all(role in self.parts for role in roles)

    def has_any(self, *roles: str) -> bool:
        """Whether one of these roles is played."""
        return any(role in self.parts for role in roles)


def build_families(tables: list[Table]) -> list[Family]:
    """The tables as families, each with what it is."""
    groups: dict[tuple, list[Table]] = {}
    for table in tables:
        alone = table.sheet if table.form == "database" else ""
        shape = _shape(table)
        groups.setdefault((str(PurePosixPath(table.file).parent), table.form, alone, shape), []).append(table)
    families = [family for alike in groups.values() for family in _told_apart(alike)]
    for family in families:
        family.what, family.sure = what_is(family)
    _one_ledger(families)
    return _named_once(families)


def _shape(table: Table) -> tuple:
    return tuple(table.columns)


def _told_apart(tables: list[Table]) -> list[Family]:
    """Files of one shape are one family where their names are one pattern; else each file is its own."""
    files = list(dict.fromkeys(table.file for table in tables))
    pattern, says_what = _pattern(files)
    if pattern is None:
        return [family for file in files for family in _told_apart([table for table in tables if table.file == file])]
    biggest = max(tables, key=lambda table: len(table.sample))
    columns = describe(biggest)
    sheets = list(dict.fromkeys(table.sheet for table in tables)) if tables[0].form == "workbook" else []
    stem = re.sub(r"\{.*?\}", "", PurePosixPath(pattern).stem) if len(files) > 1 else PurePosixPath(files[0]).stem
    name = tables[0].sheet if tables[0].form == "database" or (len(sheets) == 1 and says_nothing(stem)) else stem
    return [
        Family(
            _code(name or PurePosixPath(files[0]).parent.name),
            tables,
            columns,
            pattern=pattern,
            file_says=says_what,
            sheet_says=_sheets_say(sheets),
        )
    ]


def says_nothing(stem: str) -> bool:
    """Whether a file's name without its marks is empty."""
    return not re.sub(r"[\W_\d]+", "", stem)


def _code(name: str) -> str:
    bare = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower()
    return bare if re.match(r"[a-z]", bare) else (f"t_{bare}" if bare else "table")


def _named_once(families: list[Family]) -> list[Family]:
    seen: dict[str, int] = {}
    for family in families:
        base = family.what if family.name in ("table", "") or family.name.startswith("t_") else family.name
        seen[base] = seen.get(base, 0) + 1
        family.name = base if seen[base] == 1 else f"{base}_{seen[base]}"
    return families


def _pattern(files: list[str]) -> tuple[str | None, list[str]]:
    """One pattern for the files' names with what its parts carry; none where the names have nothing in common."""
    masked = {file: _masked(PurePosixPath(file)) for file in files}
    forms = set(masked.values())
    if len(forms) == 1:
        form = forms.pop()
        return form, re.findall(r"\{(\w+)\}", form)
    return _tokens(sorted(forms))


def _masked(path: PurePosixPath) -> str:
    stem = path.stem
    if year_spanned(stem):
        return str(path.with_name(YEARS.sub("{fiscal_year}", stem, count=1) + path.suffix))
    if len(YEAR_SAID.findall(stem)) > 1 and not month_in(stem):
        return str(path)
    for said, form in (("period", MONTH_SAID), ("fiscal_year", YEAR_SAID)):
        if form.search(stem) and (said != "period" or month_in(form.search(stem).group())):
            stem = form.sub(f"{{{said}}}", stem, count=1)
            break
    return str(path.with_name(stem + path.suffix))


def _tokens(forms: list[str]) -> tuple[str | None, list[str]]:
    """Names that differ in one word between marks: that word is their version (or part)."""
    split = [re.split(r"([_\-\s.]+)", form) for form in forms]
    if len({len(words) for words in split}) != 1:
        return None, []
    differs = [place for place, words in enumerate(zip(*split, strict=True)) if len(set(words)) > 1]
    if len(differs) != 1 or len(forms) < 2 or not any("{" in word for word in split[0]):
        return None, []
    split[0][differs[0]] = "{version}"
    form = "".join(split[0])
    return form, re.findall(r"\{(\w+)\}", form)


def _sheets_say(sheets: list[str]) -> str:
    """What the sheets' names carry: months, years, or codes of departments."""
    if not sheets:
        return ""
    if all(month_in(sheet) or re.fullmatch(r"\d{1,2}月", sheet) for sheet in sheets):
        return "period"
    if all(year_in(sheet) for sheet in sheets):
        return "fiscal_year"
    return "department" if len(sheets) > 1 else ""


def what_is(family: Family) -> tuple[str, float]:
    """What a family's tables hold, by the roles of their columns and the words around them, and how sure that is."""
    for what, decide in DECISIONS.items():
        if sure := decide(family):
            return what, sure
    return "unknown", 0.0


def _says(family: Family, what: str) -> bool:
    return says(family.words, TABLES[what])


def _timed(family: Family) -> bool:
    return (
        bool(family.months) or family.has_any("period", "date", "fiscal_year", "week") or "period" in [*family.file_says, family.sheet_says]
    )


def _figures(family: Family) -> bool:
    return bool(family.months) or family.has_any(
        "amount", "debit", "credit", "net", "closing", "opening", "total", "closing_debit", "quantity"
    )


def _trial_balance(family: Family) -> float:
    ends = family.has_any("opening", "closing", "opening_debit", "closing_debit", "year_debit")
    if family.has("account") and ends and family.has_any("debit", "credit", "closing", "closing_debit"):
        return 0.97 if family.has("debit", "credit") or _says(family, "trial_balance") else 0.8
    return 0.0


def _list_of(*codes: str, named: str):
    def decide(family: Family) -> float:
        if _timed(family) and not family.has("parent"):
            return 0.0
        table = says(family.first.sheet or PurePosixPath(family.first.file).stem, TABLES[named]) or codes[0] == "account"
        column = next((family.columns[family.parts[code]] for code in (*codes, "code") if code in family.parts), None)
        named_rows = family.has_any("label", f"{codes[0]}_name")
        if column is None or not table or not column.unique or not named_rows or family.has_any("debit", "amount", "order", "customer"):
            return 0.0
        return 0.95 if column.role in codes or says(family.first.sheet or family.first.file, TABLES[named]) else 0.6

    return decide


def _chart(family: Family) -> float:
    """A list of accounts is one that is called so, or has an account's code and name and no figures."""
    if family.months or family.has_any("debit", "credit", "amount", "closing", "opening", "date", "order"):
        return 0.0
    return _list_of("account", named="accounts")(family) if family.has("account") or _says(family, "accounts") else 0.0


def _ledger(family: Family) -> float:
    sides = family.has("debit", "credit")
    if not family.has("account") or family.months or not _timed(family) or not (sides or family.has("amount")) or family.has("order"):
        return 0.0
    if _says(family, "forecast") or _says(family, "budget"):
        return 0.0
    return 0.95 if sides and (family.has_any("voucher") or _says(family, "ledger")) else 0.85 if sides or _says(family, "ledger") else 0.7


def _bank(family: Family) -> float:
    called = says(family.words, ("bank", "银行", "对账单"))
    return 0.9 if family.has("date", "amount") and called and not family.has("debit", "department") else 0.0


def _budget(family: Family) -> float:
    line = family.has_any("account", "account_name", "department", "entity", "category") or family.sheet_says == "department"
    if not _says(family, "budget") or not line or not _figures_or_wide(family):
        return 0.0
    return 0.95 if family.months and family.has("account") else 0.85


def _figures_or_wide(family: Family) -> bool:
    return _figures(family) or len(measures(family)) >= 2


def _forecast(family: Family) -> float:
    line = family.has_any("account", "department")
    return 0.85 if _says(family, "forecast") and line and _figures(family) else 0.0


def _headcount(family: Family) -> float:
    people = family.has_any("heads", "position") or _says(family, "headcount")
    if people and family.has("department") and _timed(family) and not family.has_any("account", "net", "amount"):
        return 0.95 if family.months or family.has("heads") else 0.75
    return 0.0


def _order_lines(family: Family) -> float:
    if family.has("order", "date") and family.has_any("product", "line", "item") and family.has_any("net", "amount"):
        return 0.6 if _says(family, "returns") else 0.95
    return 0.0


def _returns(family: Family) -> float:
    return 0.9 if family.has("order", "date") and _says(family, "returns") else 0.0


def _orders(family: Family) -> float:
    return 0.85 if family.has("customer", "date") and family.has_any("order", "quantity") and family.has_any("net", "amount") else 0.0


def _needs(*roles: str, sure: float = 0.9, unless: tuple[str, ...] = ()):
    def decide(family: Family) -> float:
        return sure if family.has(*roles) and not family.has_any(*unless) else 0.0

    return decide


def _rates(family: Family) -> float:
    return 0.95 if family.has("currency", "average") and _timed(family) and family.has_any("closing", "closing_rate") else 0.0


def _customers(family: Family) -> float:
    column = family.columns.get(family.parts.get("customer", ""))
    return 0.85 if column is not None and column.unique and len(family.columns) > 3 and not family.has_any("order", "start") else 0.0


def _sales(family: Family) -> float:
    return 0.8 if family.has_any("week", "period") and family.has("net") and len(family.columns) <= 3 else 0.0


def _calendar(family: Family) -> float:
    days = [column for column in family.columns.values() if column.kind == "day" and column.unique]
    return 0.95 if days and family.has("fiscal_year") and not _figures(family) else 0.0


def _scenarios(family: Family) -> float:
    named = [column for column in family.columns.values() if column.examples and all(scenario_of(text) for text in column.examples)]
    return 0.95 if named and family.rows <= 10 else 0.0


def _figures_by_line(family: Family) -> float:
    """Figures by period with a text that says which line each is, or a department; several columns of figures are several lines."""
    if not _timed(family) or family.has_any(
        "order", "customer", "product", "voucher", "employee", "channel", "item", "store", "project", "week"
    ):
        return 0.0
    lines = family.has_any("department", "account_name", "category", "label", "heads")
    return (
        0.6
        if lines and family.has_any("fiscal_year", "period") and (family.has_any("amount", "total") or len(measures(family)) >= 2)
        else 0.0
    )


def _list(family: Family) -> float:
    code = next((family.columns[family.parts[role]] for role in family.parts if family.columns[family.parts[role]].unique), None)
    return 0.75 if code is not None and family.has_any("label") and not _timed(family) else 0.0


def measures(family: Family) -> list[str]:
    """The columns of figures that nobody else's role explains: several lines side by side."""
    plain = [column for column in family.columns.values() if column.kind == "number" and column.role in ("", "amount", "total", "heads")]
    return [column.name for column in plain if not re.search(r"code|id\b|key|year|quarter|month|number|编码|代码|rank", column.name, re.I)]


DECISIONS = {
    "trial_balance": _trial_balance, "scenarios": _scenarios, "calendar": _calendar, "accounts": _chart,
    "departments": _list_of("department", named="departments"), "entities": _list_of("entity", named="entities"),
    "currencies": _list_of("currency", named="currencies"), "rates": _rates, "bank_lines": _bank, "returns": _returns,
    "order_lines": _order_lines, "forecast": _forecast, "budget": _budget, "ledger": _ledger, "headcount": _headcount,
    "contracts": _needs("customer", "start", sure=0.9), "campaigns": _needs("channel", "spend"), "orders": _orders,
    "customers": _customers, "activity": _needs("customer", "logins", "period"), "satisfaction": _needs("customer", "score"),
    "offers": _needs("customer", "group"), "complaints": _needs("customer", "period", sure=0.6, unless=("net", "amount", "vat")),
    "inventory": _needs("item", "quantity", "date", unless=("supplier", "price")),
    "project_flows": _needs("project", "period", "amount", sure=0.7),
    "sales": _sales, "figures": _figures_by_line, "list": _list,
}  # fmt: skip
"""What a family may be, in the order in which it is tried: the more a kind of table asks for, the earlier."""


def _one_ledger(families: list[Family]) -> None:
    """Where there is a ledger with debit and credit, a smaller table of postings with amounts is taken for detail behind it."""
    full = [family for family in families if family.what == "ledger" and family.has("debit", "credit")]
    if not full:
        return
    main = max(full, key=lambda family: family.rows)
    for family in families:
        if family.what == "ledger" and family is not main and (family.rows < main.rows or not family.has("debit", "credit")):
            family.what, family.sure = "detail", 0.7
