"""A department's workbook as an Excel file: inputs unlocked, everything else protected and computed by live formulas.

What goes in is handed in (plan.workbook). Texts are written as texts, whatever they begin with, so that none is ever executed;
results of formulas are stored beside them, for programs that only show.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.utility import quote_sheetname, xl_range, xl_rowcol_to_cell

from planning.core.periods import month_text
from planning.core.workbook_form import CODES, COVER_SHEETS, FURTHER, HEAD, KEYS_SHEET, Key, Stamp, written_keys
from planning.plan.workbook import Amounts, Chart, Department, Line, Sheet, year_amount
from planning.view.workbook_words import ADVICE, DIMENSIONS, FONTS, READ_ONLY, SCENARIOS, say, say_column, say_month

INPUT, PAST, LINE, HEADING = "#FFF9DB", "#6B6B6B", "#BFBFBF", "#E8EDF2"
BLUE, INK = "#0000C8", "#1A1A1A"
GOOD, BAD = "#00703C", "#C00000"
HEAD_LOOK = {"bold": True, "bg_color": HEADING, "bottom": 1, "bottom_color": LINE}
FIRST = 5
"""The row of a sheet's first line, counted from 0: above are title, subtitle, the hidden codes and two rows of headings."""
CODES_ROW, GROUPS_ROW, HEADS_ROW = 2, 3, 4
EXECUTABLE = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet program would take for a formula, were it typed in."""
LARGEST = 10**13
"""What an input cell takes at most."""
MOST_HEADER = 200
"""Characters of a page's header; Excel takes 255 with its codes."""


class About(NamedTuple):
    """What a workbook says of itself: company, version, person and source in the reader's language, and when the revision was saved."""

    company: str
    label: str
    scenario: str
    version: str
    revision: int
    who: str
    person: str
    source: str
    saved: datetime
    lang: str


class Columns(NamedTuple):
    """The places of a sheet's columns: `code` and `label` first, then further codes, history, months, sums."""

    further: int
    history: int
    months: int
    year: int
    change: int | None
    check: int

    @classmethod
    def of(cls, sheet: Sheet) -> Columns:
        """Those of this sheet."""
        history = 3 + len(sheet.further)
        year = history + len(sheet.columns) + len(sheet.months)
        change = None if sheet.compared is None else year + 1
        return cls(3, history, history + len(sheet.columns), year, change, year + (1 if change is None else 3))


CODE, LABEL = 1, 2


def write_workbook(path: Path, department: Department, chart: Chart, about: About) -> None:
    """The workbook of a department, written to a path: a cover, a sheet for each cost centre and year, and the hidden keys."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(path, options) as book:
        _Writer(book, department, chart, about).write()


class _Writer:
    """Writes one workbook; formats are made once for each set of properties."""

    def __init__(self, book: xlsxwriter.Workbook, department: Department, chart: Chart, about: About):
        self.book, self.department, self.chart, self.about, self.lang = book, department, chart, about, about.lang
        self.formats: dict[tuple, Any] = {}
        self.centres = chart.cost_centres.set_index("code")[f"label_{self.lang}"].to_dict()
        self.entities = chart.entities.set_index("code")[f"label_{self.lang}"].to_dict()
        self.accounts = chart.tree.accounts

    def write(self) -> None:
        title = f"{self.about.label} · {self._centre(self.department.code)}"
        self.book.set_properties({"title": title, "subject": self._version(), "author": "", "created": self.about.saved})
        self.book.set_size(2400, 1400)
        cover = self._worksheet(COVER_SHEETS[self.lang], title)
        for sheet in self.department.sheets:
            part = "" if sheet.cost_centre == self.department.code else f" · {self._centre(sheet.cost_centre)}"
            self._sheet(self._worksheet(sheet.name, title + part), sheet)
        self._cover(cover, title)
        self._keys()

    def _worksheet(self, name: str, header: str) -> Any:
        page = self.book.add_worksheet(name)
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.6)
        page.set_header(f"&L&9 {_page_text(header)}&R&9 {_page_text(self._version())}")
        page.set_footer(f"&L&8&F&C&8&A&R&8{say('page', self.lang)}")
        page.protect("", {"format_columns": True, "format_rows": True})
        return page

    # Words

    def _version(self) -> str:
        return f"{SCENARIOS[self.about.scenario][self.lang]} {self.about.version}"

    def _centre(self, code: str) -> str:
        return f"{code} {self.centres.get(code, '')}".strip()

    def _unit(self, account: str, sheet: Sheet) -> str:
        unit = self.accounts.at[account, "unit"]
        return sheet.currency if unit == self.chart.currency else unit

    def _digits(self, account: str, sheet: Sheet) -> str:
        """Money in whole units, things counted with their decimals."""
        unit, scale = self.accounts.at[account, "unit"], self.chart.digits[account]
        money = unit in {self.chart.currency, *self.chart.entities["currency"]}
        return "#,##0" + ("" if money or not scale else "." + "0" * scale)

    # Cells

    def _format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            base = {"font_name": FONTS[self.lang], "font_size": 9, "font_color": INK, "valign": "vcenter"}
            self.formats[key] = self.book.add_format(base | properties)
        return self.formats[key]

    def _text(self, page: Any, row: int, column: int, text: str, **properties: Any) -> None:
        """A text as a text; one that begins like a formula keeps Excel's own mark of a text, so that editing it makes it none."""
        quoted = {"quote_prefix": True} if text.startswith(EXECUTABLE) else {}
        page.write_string(row, column, text, self._format(**properties, **quoted))

    def _amount(self, page: Any, row: int, column: int, amount: float | None, **properties: Any) -> None:
        form = self._format(**properties)
        page.write_blank(row, column, None, form) if amount is None else page.write_number(row, column, amount, form)

    def _formula(self, page: Any, row: int, column: int, formula: str, result: float | None, **properties: Any) -> None:
        page.write_formula(row, column, formula, self._format(**properties), "" if result is None else result)

    # A sheet

    def _sheet(self, page: Any, sheet: Sheet) -> None:
        at = Columns.of(sheet)
        self._heads(page, sheet, at)
        for place, line in enumerate(sheet.lines):
            self._line(page, sheet, at, place, line)
        self._widths(page, sheet, at)
        table = xl_range(FIRST, CODE, FIRST + len(sheet.lines), at.check)
        page.ignore_errors({"number_stored_as_text": table, "formula_differs": table, "formula_range": table})
        page.freeze_panes(FIRST, LABEL + 1)
        page.repeat_rows(GROUPS_ROW, HEADS_ROW)
        page.print_area(0, CODE, FIRST + max(len(sheet.lines), 1) - 1, at.check)

    def _heads(self, page: Any, sheet: Sheet, at: Columns) -> None:
        case = "" if sheet.case == "base" else say("case", self.lang, case=sheet.case)
        about = say("subtitle", self.lang, version=self._version(), year=sheet.year, currency=sheet.currency)
        entity = f"{self.entities.get(sheet.entity, sheet.entity)} ({sheet.entity})"
        self._text(page, 0, CODE, self._centre(sheet.cost_centre), bold=True, font_size=14)
        self._text(page, 1, CODE, f"{entity} · {about}{case}", font_color=PAST)
        page.set_row(0, 22)
        for column, (code, head) in self._columns(sheet, at).items():
            page.write_string(CODES_ROW, column, code)
            look = HEAD_LOOK | {"text_wrap": True, "valign": "bottom", "align": "left" if column < at.history else "right"}
            self._text(page, HEADS_ROW, column, head, **look)
        for row, mark in ((CODES_ROW, CODES), (GROUPS_ROW, HEAD), (HEADS_ROW, HEAD)):
            page.write_string(row, 0, mark)
        for column in range(CODE, at.check + 1):
            self._text(page, GROUPS_ROW, column, self._groups(sheet, at).get(column, ""), bg_color=HEADING, font_color=PAST, italic=True)
        page.set_row(CODES_ROW, None, None, {"hidden": True})
        page.set_row(HEADS_ROW, 28)

    def _columns(self, sheet: Sheet, at: Columns) -> dict[int, tuple[str, str]]:
        """Of each column its hidden code and its heading."""
        whole = "year" if all(sheet.open) else "part"
        found = {CODE: ("code", say("code", self.lang)), LABEL: (f"{FURTHER}label", say("line", self.lang))}
        found |= {at.further + n: (name, DIMENSIONS[name][self.lang]) for n, name in enumerate(sheet.further)}
        found |= {at.history + n: (f"{FURTHER}history{n}", say_column(column, self.lang)) for n, column in enumerate(sheet.columns)}
        found |= {at.months + n: (month_text(month), say_month(month, self.lang)) for n, month in enumerate(sheet.months)}
        found[at.year] = (f"{FURTHER}year", say(whole, self.lang))
        if at.change is not None:
            found |= {at.change: (f"{FURTHER}change", say("change", self.lang)), at.change + 1: (f"{FURTHER}rate", say("rate", self.lang))}
        return found | {at.check: (f"{FURTHER}check", say("check", self.lang))}

    def _groups(self, sheet: Sheet, at: Columns) -> dict[int, str]:
        found = {at.months: say("plan", self.lang)} | ({at.history: say("history", self.lang)} if sheet.columns else {})
        if at.change is not None:
            found[at.change] = say("compared", self.lang, column=say_column(sheet.columns[sheet.compared], self.lang))
        return found

    def _line(self, page: Any, sheet: Sheet, at: Columns, place: int, line: Line) -> None:
        row, look = FIRST + place, {"bold": True, "top": 1, "top_color": LINE} if line.codes is None else {}
        page.write_string(row, 0, line.id)
        self._text(page, row, CODE, line.account, **look)
        self._text(page, row, LABEL, self.chart.tree.label(line.account, self.lang), indent=line.level, **look)
        for n, name in enumerate(sheet.further):
            self._text(page, row, at.further + n, line.codes[name] if line.codes else "", **look)
        look |= {"num_format": self._digits(line.account, sheet)}
        self._run(page, sheet, row, at.history, line.history, line, look | {"font_color": PAST}, [False] * len(sheet.columns))
        inputs = [line.inputs and is_open for is_open in sheet.open]
        self._run(page, sheet, row, at.months, line.months, line, look, inputs)
        if any(inputs):
            self._validate(page, sheet, row, at.months + inputs.index(True), at.months + len(inputs) - 1 - inputs[::-1].index(True), line)
        self._sums(page, sheet, at, row, line, look)

    def _run(self, page: Any, sheet: Sheet, row: int, first: int, amounts: Amounts, line: Line, look: dict, inputs: list[bool]) -> None:
        """Amounts side by side: of a total as formulas, of a line as figures, those to be filled in unlocked."""
        for n, amount in enumerate(amounts):
            column = first + n
            if line.codes is None:
                self._formula(page, row, column, total_formula(line.parts, column), amount, **look)
            elif inputs[n]:
                paint = {"locked": False, "bg_color": INPUT, "font_color": BLUE, "border": 1, "border_color": LINE}
                self._amount(page, row, column, amount, **(look | paint))
            else:
                self._amount(page, row, column, amount, **look)

    def _sums(self, page: Any, sheet: Sheet, at: Columns, row: int, line: Line, look: dict) -> None:
        """The year, its change against the year it is compared with, and of a total whether down and across agree."""
        kind = self.accounts.at[line.account, "aggregation"]
        year = year_amount(line.months, kind)
        months, here = xl_range(row, at.months, row, at.year - 1), xl_rowcol_to_cell(row, at.year)
        if kind != "ratio":
            self._formula(page, row, at.year, year_formula(months, kind), year, **(look | {"bold": True}))
        if at.change is not None and kind != "ratio":
            self._change(page, sheet, at, row, line, look, year)
        parts_too = all(self.accounts.at[sheet.lines[place].account, "aggregation"] == "flow" for place, _ in line.parts)
        if line.codes is None and kind == "flow" and parts_too:
            scale = self.chart.digits[line.account]
            formula = f"=ROUND(N({here})-({_signed_sum(line.parts, at.year)}),{scale})"
            self._formula(page, row, at.check, formula, 0.0, **(look | {"font_color": PAST, "num_format": '[=0]"✓";[Red]#,##0.00'}))

    def _change(self, page: Any, sheet: Sheet, at: Columns, row: int, line: Line, look: dict, year: float | None) -> None:
        base, past = xl_rowcol_to_cell(row, at.history + sheet.compared), line.history[sheet.compared]
        here, change = xl_rowcol_to_cell(row, at.year), xl_rowcol_to_cell(row, at.change)
        moved = None if year is None or past is None else year - past
        self._formula(page, row, at.change, f'=IF(OR({here}="",{base}=""),"",{here}-{base})', moved, **(look | _signed(look["num_format"])))
        rate = moved / abs(past) if moved is not None and past else None
        formula = f'=IF({change}="","",IF({base}=0,"",{change}/ABS({base})))'
        self._formula(page, row, at.change + 1, formula, rate, **(look | _signed("0.0%")))
        self._judge(page, row, at.change, at.change + 1, line.account)

    def _judge(self, page: Any, row: int, first: int, last: int, account: str) -> None:
        """What is good for the result in green, what is bad in red, besides its sign."""
        effect, cell = self.chart.tree.effect(account), xl_rowcol_to_cell(row, first, col_abs=True)
        for way, colour in ((">", GOOD if effect > 0 else BAD), ("<", BAD if effect > 0 else GOOD)) if effect else ():
            rule = {"type": "formula", "criteria": f"=N({cell}){way}0", "format": self.book.add_format({"font_color": colour})}
            page.conditional_format(row, first, row, last, rule)

    def _validate(self, page: Any, sheet: Sheet, row: int, first: int, last: int, line: Line) -> None:
        """Numbers only, at the account's decimals, within what is exact; of things counted none below 0."""
        cell, scale = xl_rowcol_to_cell(row, first), self.chart.digits[line.account]
        counted = self.chart.is_quantity(line.account)
        rules = [f"ISNUMBER({cell})", f"ABS({cell})<{LARGEST}", f"ROUND({cell},{scale})={cell}"] + ([f"{cell}>=0"] if counted else [])
        said = say("wrong_count" if counted else "wrong_money", self.lang, scale=scale, unit=self._unit(line.account, sheet))
        rule = {"validate": "custom", "value": f"=AND({','.join(rules)})", "ignore_blank": True, "error_type": "stop"}
        page.data_validation(row, first, row, last, rule | {"error_title": say("wrong_title", self.lang), "error_message": said[:255]})

    def _widths(self, page: Any, sheet: Sheet, at: Columns) -> None:
        labels = [_wide(self.chart.tree.label(line.account, self.lang)) + 1.2 * line.level for line in sheet.lines]
        page.set_column(0, 0, None, None, {"hidden": True})
        page.set_column(CODE, CODE, _between(8, max((_wide(line.account) for line in sheet.lines), default=0) + 2, 20))
        page.set_column(LABEL, LABEL, _between(20, max(labels, default=0) + 2, 48))
        if sheet.further:
            page.set_column(at.further, at.history - 1, 12)
        months = [amount for line in sheet.lines for amount in line.months]
        past = [amount for line in sheet.lines for amount in line.history]
        years = [*past, *(year_amount(line.months, "flow") for line in sheet.lines)]
        page.set_column(at.history, at.months - 1, _room(past))
        page.set_column(at.months, at.year - 1, _room(months))
        page.set_column(at.year, at.change or at.year, _room(years) + 1)
        if at.change is not None:
            page.set_column(at.change + 1, at.change + 1, 10)
        page.set_column(at.check, at.check, 8)

    # The cover and the keys

    def _cover(self, page: Any, title: str) -> None:
        page.set_column(0, 0, 26)
        page.set_column(1, 1, 44)
        page.set_column(2, 5, 17)
        self._text(page, 0, 0, title, bold=True, font_size=16)
        page.set_row(0, 26)
        about = (
            ("department", self._centre(self.department.code)), ("version", self._version()), ("revision", str(self.about.revision)),
            ("drawn_for", f"{self.about.person} ({self.about.who})"), ("source", self.about.source or say("no_source", self.lang)),
        )  # fmt: skip
        for row, (what, said) in enumerate(about, start=2):
            self._text(page, row, 0, say(what, self.lang), font_color=PAST)
            self._text(page, row, 1, said)
        row = self._advice(page, len(about) + 3)
        self._overview(page, row + 1)

    def _advice(self, page: Any, row: int) -> int:
        self._text(page, row, 0, say("how", self.lang), bold=True, font_size=12)
        words = "planning submit", self.about.company, self.about.scenario, self.about.version, "--as", self.about.who
        command = f"{' '.join(words)} --reason … --workbook …"
        mine = any(line.inputs for _, line in self.department.lines)
        advice = [said.format(command=command) for said in ADVICE[self.lang]] if mine else [READ_ONLY[self.lang]]
        for number, said in enumerate(advice, start=1):
            self._text(page, row + number, 0, said)
        return row + len(advice) + 1

    def _overview(self, page: Any, row: int) -> None:
        """What each sheet comes to as it was sent out and now, and whether its checks hold."""
        self._text(page, row, 0, say("overview", self.lang), bold=True, font_size=12)
        heads = ("sheet", "line", "unit", "sent", "now", "difference")
        for column, what in enumerate((*heads, "check")):
            side = "left" if column < 3 else "right"
            self._text(page, row + 1, column, say(what, self.lang), align=side, **HEAD_LOOK)
        row += 2
        for sheet in self.department.sheets:
            for n, place in enumerate(sheet.top):
                self._overview_line(page, row, sheet, place, bool(n))
                row += 1

    def _overview_line(self, page: Any, row: int, sheet: Sheet, place: int, again: bool) -> None:
        line, at, digits = sheet.lines[place], Columns.of(sheet), {"num_format": self._digits(sheet.lines[place].account, sheet)}
        year = year_amount(line.months, self.accounts.at[line.account, "aggregation"])
        there = f"{quote_sheetname(sheet.name)}!{xl_rowcol_to_cell(FIRST + place, at.year)}"
        self._text(page, row, 0, "" if again else sheet.name)
        self._text(page, row, 1, f"{line.account} {self.chart.tree.label(line.account, self.lang)}")
        self._text(page, row, 2, self._unit(line.account, sheet))
        self._amount(page, row, 3, year, **digits)
        self._formula(page, row, 4, f'=IF({there}="","",{there})', year, **digits, bold=True)
        sent, now = xl_rowcol_to_cell(row, 3), xl_rowcol_to_cell(row, 4)
        finer = self.chart.digits[line.account] + 2  # a mean has more decimals than its months
        self._formula(page, row, 5, f"=ROUND(N({now})-N({sent}),{finer})", 0.0, **_signed(digits["num_format"]))
        self._judge(page, row, 5, 5, line.account)
        if not again:
            checks = f"{quote_sheetname(sheet.name)}!{xl_range(FIRST, at.check, FIRST + len(sheet.lines) - 1, at.check)}"
            self._formula(page, row, 6, f"=SUMSQ({checks})", 0.0, num_format='[=0]"✓";[Red]#,##0.00', align="right")

    def _keys(self) -> None:
        page = self.book.add_worksheet(KEYS_SHEET)
        about, months = self.about, {sheet.name: [month_text(month) for month in sheet.months] for sheet in self.department.sheets}
        stamp = Stamp(about.company, about.scenario, about.version, about.revision, about.who, COVER_SHEETS[self.lang], months)
        keys = [Key(line.id, sheet.name, line.codes) for sheet, line in self.department.lines]
        for row, text in enumerate(written_keys(stamp, keys)):
            page.write_string(row, 0, text)
        page.protect("")
        page.very_hidden()


# Formulas


def total_formula(parts: tuple[tuple[int, float], ...], column: int) -> str:
    """A total over rows of the same column; nothing where there is nothing to add up."""
    return f'=IF(COUNT({",".join(_ranges([place for place, _ in parts], column))})=0,"",{_signed_sum(parts, column)})'


def _signed_sum(parts: tuple[tuple[int, float], ...], column: int) -> str:
    plus, minus = ([place for place, weight in parts if (weight > 0) == positive] for positive in (True, False))
    added = f"SUM({','.join(_ranges(plus, column))})" if plus else ""
    return added + (f"-SUM({','.join(_ranges(minus, column))})" if minus else "")


def _ranges(places: list[int], column: int) -> list[str]:
    """Rows as few ranges as they make."""
    runs: list[list[int]] = []
    for place in sorted(places):
        if runs and runs[-1][1] == place - 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return [xl_range(FIRST + first, column, FIRST + last, column) for first, last in runs]


def year_formula(months: str, aggregation: str) -> str:
    """What months come to in a year: the sum of a flow, the last of a stock, the mean of an average."""
    whole = {"flow": f"SUM({months})", "stock": f"LOOKUP(9E+307,{months})", "average": f"AVERAGE({months})"}[aggregation]
    return f'=IF(COUNT({months})=0,"",{whole})'


# Looks


def _signed(digits: str) -> dict[str, str]:
    """A number with its sign."""
    return {"num_format": f"+{digits};-{digits};{digits}"}


def _page_text(text: str) -> str:
    """A text in a page's header, where & begins a code."""
    return text[: MOST_HEADER // 2].replace("&", "&&")


def _wide(text: str) -> float:
    """The width of a column that a text takes in small print; a Chinese letter takes twice that of a Latin one."""
    return sum(1.75 if ord(letter) > 0x2E7F else 0.88 for letter in text)


def _room(amounts: list[float | None]) -> float:
    """The width of a column of figures, with room for larger ones: a cell that shows only #### is no good."""
    largest = max((abs(amount) for amount in amounts if amount is not None), default=0)
    return _between(9, 0.9 * len(f"-{largest:,.0f}") + 2.5, 26)


def _between(least: float, wanted: float, most: float) -> float:
    return min(max(least, wanted), most)
