"""The rolling reforecast as people read it: sentences, charts and tables made from plan.reforecast's results."""

from __future__ import annotations

import pandas as pd

from planning.core.periods import month_text, months_after
from planning.plan.budget import PAID_YEARS, TopDown
from planning.plan.reforecast import HORIZON, Reforecast, odds_above, year_rows
from planning.view import charts
from planning.view.amounts import say_amount, say_level, say_period, say_rate
from planning.view.markup import Html, Sentence, show_text
from planning.view.reader import Reader
from planning.view.sentences import say_bridge, say_landing, say_landing_band, say_trial
from planning.view.tables import Column, show_table


def say_known(reader: Reader, as_of: pd.Timestamp, when: pd.Timestamp, snapshot: str) -> Sentence:
    """What was known: the last closed month, the day, the snapshot."""
    said = reader.say("known", name=reader.name, month=say_period(as_of, reader.lang), day=f"{when:%Y-%m-%d}", snapshot=snapshot)
    return Sentence(said)


def say_method(reader: Reader, method: str) -> Sentence:
    """How the open months and the bands come about."""
    return Sentence(reader.say(f"method_{method}"))


def say_no_skill(side: Reforecast | TopDown, reader: Reader) -> Sentence | None:
    """That last year's figures ship, where they do."""
    return Sentence(reader.about(side.account, reader.say("no_skill"))) if side.is_naive else None


def say_headline(
    revenue: Reforecast, spending: Reforecast, adopted: float, reader: Reader, planned: float | None = None
) -> Sentence:
    """Both sides' landing, each against what it is compared with; `planned`: the revenue budget, where there is one."""
    said = reader.say("headline_reforecast", revenue=say_side(revenue, reader, planned), spending=say_side(spending, reader, adopted))
    return Sentence(said)


def landing_figures(revenue: Reforecast, spending: Reforecast, adopted: float, currency: str) -> list[tuple]:
    """The key figures of a reforecast: both landings with their bands, and the adopted budget."""
    ours = {side: _ours(landing) for side, landing in (("revenue", revenue), ("spending", spending))}
    bands = {side: (float(row["lower"]), float(row["upper"])) for side, row in ours.items()}
    return [
        ("key_revenue", float(ours["revenue"]["amount"]), currency, "up", bands["revenue"]),
        ("key_spending", float(ours["spending"]["amount"]), currency, "down", bands["spending"]),
        ("adopted", adopted, currency, "neutral"),
    ]


def first_label(reader: Reader) -> str:
    """What the people's first forecast of the year is called."""
    return reader.say("first_forecast", people=reader.people)


def landing_table(side: Reforecast, reader: Reader, budget: float | None, happened: float | None) -> pd.DataFrame:
    """The rows of the landing chart: label, amount, scenario, lower, upper; only those that there are."""
    labels = {
        "prior": reader.say("prior"), "first": first_label(reader), "naive": reader.say("naive"),
        "people": reader.people, "ours": reader.say("ours"), "combined": reader.say("combined"),
    }  # fmt: skip
    scenarios = {"prior": "prior", "first": "people", "naive": "naive", "people": "people", "ours": "forecast", "combined": "combined"}
    rows = side.landing.set_index("forecaster").loc[list(labels)].reset_index()
    rows = rows.assign(label=rows["forecaster"].map(labels), scenario=rows["forecaster"].map(scenarios))
    extra = [("adopted", "budget", budget), ("happened", "actual", happened)]
    others = [{"label": reader.say(key), "scenario": scenario, "amount": amount} for key, scenario, amount in extra if _is(amount)]
    table = pd.concat([rows[rows["amount"].notna()], pd.DataFrame(others)]) if others else rows[rows["amount"].notna()]
    return table[["label", "amount", "scenario", "lower", "upper"]].reset_index(drop=True)


def _is(amount: float | None) -> bool:
    return amount is not None and pd.notna(amount)


def _ours(side: Reforecast) -> pd.Series:
    return side.landing.set_index("forecaster").loc["ours"]


def base_of(side: Reforecast, budget: float | None) -> tuple[float, str]:
    """What a landing is compared with: the adopted budget, else the people's first forecast of the year, else last year."""
    rows = side.landing.set_index("forecaster")["amount"]
    if _is(budget):
        return float(budget), "adopted"
    which = "first" if pd.notna(rows["first"]) else "prior"
    return float(rows[which]), which


def say_side(side: Reforecast, reader: Reader, budget: float | None) -> Sentence:
    """Where a side lands against what it is compared with."""
    base, which = base_of(side, budget)
    said = reader.say(f"said_{which}", people=reader.people)
    amount, plural = float(_ours(side)["amount"]), reader.is_plural(side.account)
    return say_landing(reader.account(side.account), amount, base, said, reader.unit, reader.lang, plural=plural)


def say_band(side: Reforecast, reader: Reader, level: float) -> Sentence:
    """The landing's band, and in how many past years such a band from this point of the year held."""
    ours, held = _ours(side), side.coverage[side.coverage["what"] == "landing"]
    counts = {"inside": int(held["inside"].iloc[0]), "years": int(held["n"].iloc[0])} if len(held) else {}
    said = say_landing_band(ours["lower"], ours["upper"], level, reader.unit, reader.lang, **counts)
    return Sentence(reader.about(side.account, said))


def say_held(side: Reforecast, reader: Reader, level: float) -> Sentence:
    """How often the bands of months and of landings held, with a warning where they have been too narrow.

    A month counts once for each report that forecast it.
    """
    parts = []
    for what, key in (("months", "coverage_month"), ("landings", "coverage_landing")):
        row = side.coverage.set_index("what").loc[what]
        if row["n"] == 0:
            continue
        said = {
            "inside": int(row["inside"]),
            "n": int(row["n"]),
            "rate": say_rate(row["coverage"], reader.lang),
            "level": say_level(level, reader.lang),
        }
        warning = reader.say("too_narrow", level=said["level"]) if row["high"] < level else ""
        parts.append(reader.say(key, **said) + warning)
    said = (" " if reader.lang == "en" else "").join(parts or [reader.say("coverage_unknown")])
    return Sentence(reader.about(side.account, said))


def say_odds(side: Reforecast, reader: Reader, limit: float) -> Sentence:
    """The odds that the landing comes out above the adopted budget, given in cash like the landing, from past misses."""
    if not _is(limit):
        return Sentence(reader.say("no_odds_limit"))
    k, n = odds_above(side, limit)
    if n == 0:
        return Sentence(reader.say("no_odds"))
    shown = reader.say("the_adopted", amount=say_amount(limit, reader.unit, reader.lang))
    return Sentence(reader.say("odds_above", subject=reader.account(side.account), k=k, n=n, limit=shown))


def say_basis(paid_share: float, reader: Reader, adopted: float | None = None) -> Sentence:
    """That the budget counts obligations and disbursements count cash, how far apart the two have been, and what the adopted
    budget would so mean in cash."""
    if reader.is_ledger:
        return Sentence("")
    if not _is(paid_share):
        return Sentence(reader.say("no_basis"))
    said = reader.say("basis", rate=say_rate(paid_share, reader.lang), years=PAID_YEARS)
    if _is(adopted):
        amounts = {"adopted": adopted, "cash": adopted * paid_share}
        shown = {name: say_amount(amount, reader.unit, reader.lang) for name, amount in amounts.items()}
        said += reader.say("basis_adopted", **shown)
    return Sentence(said)


def say_no_revenue_budget(reader: Reader) -> Sentence:
    """What receipts are compared with where nobody budgets them."""
    if reader.is_ledger:
        return Sentence("")
    return Sentence(reader.say("no_budget_revenue", first=reader.say("said_first", people=reader.people)))


def say_quarter(side: Reforecast, accuracy: pd.DataFrame, reader: Reader) -> Sentence:
    """Who has been nearer at this point of the year, in rest-of-year errors; nothing is claimed where there is no past."""
    if not (accuracy["closed"] == side.closed).any():
        return Sentence(reader.say("no_record", subject=reader.account(side.account)))
    return Sentence(reader.about(side.account, say_year_trial(accuracy, reader, side.closed)))


def say_repeated(findings: pd.DataFrame, reader: Reader) -> Sentence:
    """Reports that stand twice in the sources: whoever is scored by them is flattered."""
    where = findings.loc[findings["kind"] == "repeated"].agg(lambda row: f"{row['control']} {row['where']}", axis=1).tolist()
    if not where:
        return Sentence("")
    return Sentence(reader.say("flattered", count=len(where), people=reader.people, where=", ".join(where)))


def show_side_landing(side: Reforecast, reader: Reader, budget: float | None, happened: float | None, level: float):
    """The chart of a side's landing beside everything it is compared with."""
    _, which = base_of(side, budget)
    base = first_label(reader) if which == "first" else reader.say(which)
    table = landing_table(side, reader, budget, happened)
    year = reader.calendar.fiscal_year(months_after(_as_of(side), 1))
    return charts.show_landing(
        table, title=str(say_side(side, reader, budget)).rstrip(".。"), measure=reader.account(side.account), unit=reader.unit,
        period=reader.year(year), lang=reader.lang, source=reader.source, base=base, better=reader.better(side.account), level=level,
    )  # fmt: skip


def _as_of(side: Reforecast) -> pd.Timestamp:
    return side.months.loc[side.months["scenario"] == "actual", "period"].max()


def show_side_year(side: Reforecast, reader: Reader, level: float):
    """The months of the running year: closed, open with their band, the prior year, and the people's own forecast."""
    as_of = _as_of(side)
    months = year_rows(side.months, reader.calendar, as_of)
    year = reader.year(reader.calendar.fiscal_year(months_after(as_of, 1)))
    title = reader.about(side.account, reader.say("months_by_month"), year)
    return charts.show_months(
        months, title=title, measure=reader.account(side.account), unit=reader.unit, lang=reader.lang, source=reader.source, as_of=as_of,
        better=reader.better(side.account), peers={"people": reader.people, "combined": reader.say("combined")}, level=level,
    )  # fmt: skip


def show_side_window(side: Reforecast, reader: Reader, level: float):
    """The rolling window: the next 18 months with their band."""
    as_of = _as_of(side)
    ahead = side.months[side.months["period"] > as_of]
    row = side.windows.set_index("months").loc[HORIZON]
    amount, ahead_said = say_amount(row["amount"], reader.unit, reader.lang), reader.say("months_ahead", months=HORIZON)
    title = reader.about(side.account, amount, ahead_said)
    return charts.show_months(
        ahead, title=title, measure=reader.account(side.account), unit=reader.unit, lang=reader.lang, source=reader.source, as_of=as_of,
        better=reader.better(side.account), level=level,
    )  # fmt: skip


def show_windows(sides: list[Reforecast], reader: Reader) -> Html:
    """The 12- and 18-month windows beside the same calendar months as they last were."""
    rows = pd.concat([side.windows.assign(line=reader.account(side.account), better=reader.better(side.account)) for side in sides])
    rows = rows.assign(
        window=[reader.say("months_ahead", months=months) for months in rows["months"]], change=rows["amount"] - rows["before"]
    )
    columns = [
        Column("line", reader.say("line"), "text"), Column("window", reader.say("window"), "text"),
        Column("before_first", reader.say("same_months_from"), "period"), Column("before", reader.say("same_months")),
        Column("amount", reader.say("ours")), Column("change", "Δ", "variance"),
        Column("growth", reader.say("growth_year"), "variance_rate"),
    ]  # fmt: skip
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=reader.say("window_title"), source=reader.source)


def show_side_bridge(side: Reforecast, bridge: pd.DataFrame, reader: Reader):
    """The bridge from last year to this year's landing as a chart, its message in the title."""
    shown = reader.steps(bridge, reader.account, reader.say("prior"), reader.say("landing"))
    plural = reader.is_plural(side.account)
    title = str(say_bridge(reader.account(side.account), shown, reader.unit, reader.lang, plural=plural)).rstrip(".。")
    year = reader.year(reader.calendar.fiscal_year(months_after(_as_of(side), 1)))
    return charts.show_bridge(
        shown, title=title, measure=reader.account(side.account), unit=reader.unit, period=year, lang=reader.lang, source=reader.source,
        better=reader.better(side.account),
    )  # fmt: skip


def _labels(reader: Reader) -> dict[str, str]:
    return {"ours": reader.say("ours"), "people": reader.people, "naive": reader.say("naive")}


def show_side_trial(accuracy: pd.DataFrame, reader: Reader, account: str):
    """How far each forecaster missed in the past, by the report it looked ahead from: months and rest of the year."""
    rows = [
        {
            "report": _after("quarter", "quarter_months", row.closed, reader),
            "forecaster": row.forecaster,
            "measure": reader.say(measure),
            "error": error,
        }
        for row in accuracy.itertuples()
        for measure, error in (("monthly", row.wape_total), ("rest", row.mape_rest))
    ]
    title = str(say_year_trial(accuracy, reader)).rstrip(".。")
    return charts.show_trial(
        pd.DataFrame(rows, columns=["report", "forecaster", "measure", "error"]), title=title,
        measure=reader.about(account, reader.say("error_share")), period=reader.say("years", years=_years(accuracy)),
        lang=reader.lang, source=reader.source, forecasters=_tried_labels(accuracy, reader),
    )  # fmt: skip


def _tried_labels(accuracy: pd.DataFrame, reader: Reader) -> dict[str, str]:
    """Whose record is shown: in a ledger only of those who ever forecast."""
    there = set(accuracy["forecaster"]) if len(accuracy) else set()
    shown = there if reader.is_ledger and there else set(_labels(reader)) | there
    labels = _labels(reader) | {"combined": reader.say("combined")}
    return {name: label for name, label in labels.items() if name in shown}


def _after(quarters: str, months: str, closed: int, reader: Reader) -> str:
    """After a quarter, or after so many months where the year stands between quarters."""
    return reader.say(months, months=closed) if closed % 3 else reader.say(quarters, quarter=closed // 3)


def _years(accuracy: pd.DataFrame) -> int:
    return int(accuracy["years"].max()) if len(accuracy) else 0


def say_year_trial(accuracy: pd.DataFrame, reader: Reader, closed: int | None = None) -> Sentence:
    """Who missed the rest of the year by how much, after so many closed months (default: the mean of all)."""
    rows = accuracy if closed is None else accuracy[accuracy["closed"] == closed]
    errors = rows.groupby("forecaster")["mape_rest"].mean().reindex(["ours", "people", "combined", "naive"]).to_dict()
    if not (accuracy["forecaster"] == "combined").any():
        del errors["combined"]
    if reader.is_ledger:
        errors = {name: error for name, error in errors.items() if pd.notna(error)}
    labels = {name: reader.say(f"said_{name}", people=reader.people) for name in errors}
    rest = reader.say("said_rest") if closed is None else _after("said_rest_after", "said_rest_after_months", closed, reader)
    return say_trial(errors, labels, rest, reader.lang, years=_years(rows))


def show_what_ifs(table: pd.DataFrame, reader: Reader) -> Html:
    """The year under each view: receipts, disbursements, what is left, and cash at the end."""
    labels = _labels(reader) | {"cautious": reader.say("cautious")}
    rows = table.assign(view=table["view"].map(labels))
    columns = [Column("view", reader.say("view"), "text")]
    columns += [Column(name, reader.say(name)) for name in ("revenue", "spending")]
    columns += [Column("result", reader.say("net"), "variance")]
    columns += [] if reader.is_ledger else [Column("closing", reader.say("closing"))]
    rows = rows[rows["result"].notna()] if reader.is_ledger else rows
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=reader.say("result_title"), source=reader.source)


def show_departments(table: pd.DataFrame, reader: Reader, most: int = 15) -> Html:
    """The departments with the largest differences between projection and adopted budget, the others together, and the total."""
    ordered = table.assign(size=table["variance"].abs()).sort_values("size", ascending=False, na_position="last").drop(columns="size")
    amounts = ["adopted", "target", "projection", "to_date", "variance"]
    shown = ordered.head(most).assign(label=lambda t: t["department"].map(reader.centre), is_total=False)
    others = ordered.iloc[most:][amounts].sum(min_count=1).to_frame().T
    total = table[amounts].sum(min_count=1).to_frame().T
    parts = [
        shown,
        others.assign(label=reader.say("others", count=len(ordered) - most), is_total=False),
        total.assign(label=reader.say("total"), is_total=True),
    ]
    rows = pd.concat(parts if len(ordered) > most else [parts[0], parts[2]], ignore_index=True)
    rows["execution"] = rows["to_date"] / rows["adopted"].where(rows["adopted"] != 0)
    columns = [
        Column("label", reader.say("department"), "text"), Column("adopted", reader.say("adopted_budget")),
        Column("projection", reader.say("projection")),
        Column("variance", reader.say("over_adopted"), "variance", better="down"),
        Column("to_date", reader.say("to_date")), Column("execution", reader.say("execution"), "rate"),
        Column("execution_prior", reader.say("execution_prior"), "rate"),
    ]  # fmt: skip
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=reader.say("department_title"), source=reader.source)


def show_caveats(reader: Reader, *sentences: str) -> Html:
    """The caveats as paragraphs: what a landing is compared with first."""
    told = (str(say_no_revenue_budget(reader)), reader.say("no_budget_month", people=reader.people))
    fixed = () if reader.is_ledger else told
    return show_text(*fixed, *(sentence for sentence in sentences if sentence))


def version_name(as_of: pd.Timestamp) -> str:
    """The version that a reforecast is published under: 2020_12."""
    return month_text(as_of).replace("-", "_")
