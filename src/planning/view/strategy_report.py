"""From strategy to budget as people read it: who must give how much, the range by unit, whether it can be paid, who gets scarce money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.metrics import rate
from planning.plan.negotiation import AMOUNTS, total_of
from planning.plan.strategy import CAMPAIGNS, Strategy
from planning.view import charts
from planning.view.amounts import say_amount, say_level, say_number, say_rate
from planning.view.markup import Html, Sentence, show_text
from planning.view.reader import Reader
from planning.view.tables import Column, show_table

MOST, NAMED = 40, 3
"""Rows of the chart and the tables, and names in a sentence."""
SUMMED = [*AMOUNTS, "gap", "padding"]


def show_strategy(strategy: Strategy, period: str, level: float, reader: Reader) -> list:
    """Targets, requests and the neutral view between them: what there is to give, by whom, whether it can be paid, and who gets it."""
    said = [say_strategy_method(strategy, reader), say_frame(strategy, reader), say_gap(strategy, reader)]
    funds = [say_funds(strategy, level, reader), show_funds(strategy, level, reader)]
    shared = [say_sharing(strategy, reader), *([show_sharing(strategy, reader)] if strategy.shared is not None else [])]
    told = [*said, show_range(strategy, period, level, reader), show_units(strategy, level, reader), *funds, *shared]
    return [part for part in told if part]


def say_strategy_method(strategy: Strategy, reader: Reader) -> Sentence:
    """What the neutral view and, where any are set, the targets by unit rest on."""
    return Sentence(reader.say("strategy_method") + (reader.say("strategy_broken_back") if strategy.targets.are_set else ""))


def say_frame(strategy: Strategy, reader: Reader) -> Sentence:
    """What each target leaves to spend, which is the tightest, and what is left if growth doesn't come."""
    targets, frame, money = strategy.targets, strategy.frame, strategy.money
    if not targets.are_set:
        return Sentence(reader.say("strategy_no_targets"))
    limits, revenue, said = frame.limits.set_index("rule"), reader.say("strategy_revenue"), []
    if np.isfinite(targets.growth):
        aim, neutral = (_amount(figure, reader) for figure in (frame.revenue, money.revenue))
        said.append(reader.say("strategy_growth", growth=_rate(targets.growth, reader), revenue=revenue, aim=aim, neutral=neutral))
    if np.isfinite(frame.margin):
        following = money.following * (frame.revenue / money.revenue)
        key = "strategy_margin_follows" if money.following else "strategy_margin"
        told = {"margin": _rate(frame.margin, reader), "limit": _amount(limits.at["margin", "amount"], reader)}
        kept = "" if np.isfinite(targets.margin) else reader.say("strategy_margin_kept")
        said.append(reader.say(key, following=_amount(following, reader), **told) + kept)
    if np.isfinite(targets.cash_floor):
        limit = limits.at["cash_floor", "amount"]
        key = "strategy_floor_unknown" if pd.isna(limit) else "strategy_floor"
        said.append(reader.say(key, floor=_amount(targets.cash_floor, reader), limit=_amount(limit, reader), revenue=revenue))
    return Sentence(_joined([*said, *_say_tightest(strategy, reader)], reader))


def _say_tightest(strategy: Strategy, reader: Reader) -> list[str]:
    limits, frame, money = strategy.frame.limits.dropna(subset="amount"), strategy.frame, strategy.money
    said = []
    if len(limits) > 1 and limits["binding"].sum() == 1:
        rule = reader.say(f"strategy_rule_{limits.loc[limits['binding'], 'rule'].iloc[0]}")
        said.append(reader.say("strategy_tightest", rule=rule))
    if np.isfinite(strategy.targets.growth) and frame.revenue > money.revenue:
        margin = 1 - (frame.total + money.following) / money.revenue
        revenue = reader.say("strategy_revenue")
        said.append(reader.say("strategy_only_neutral", revenue=revenue, margin=_rate(margin, reader)))
    return said


def say_gap_headline(strategy: Strategy, reader: Reader) -> Sentence:
    """Who must give how much, in one sentence; where nobody must, that; where no target is set, requests against the neutral view."""
    units, sums = strategy.units, total_of(strategy.units)
    told = {name: _amount(sums[name], reader) for name in ("request", "target", "neutral")}
    if np.isnan(strategy.frame.total):
        return Sentence(reader.say("strategy_against_neutral", **told))
    givers = units[units["gap"] > 0]
    if givers.empty:
        return Sentence(reader.say("strategy_fits", **told))
    give = float(givers["gap"].sum())
    names = _names(givers.set_index("unit")["gap"].rename(lambda unit: _name(unit, reader)), reader, rest=True)
    share = _rate(rate(give, abs(float(givers["request"].sum()))), reader)
    return Sentence(reader.say("strategy_headline", give=_amount(give, reader), rate=share, names=names))


def say_gap(strategy: Strategy, reader: Reader) -> Sentence:
    """What of the gap lies beyond the units' own history, who asks for less than is granted, and of whom something isn't known."""
    units, sums = strategy.units, total_of(strategy.units)
    said = []
    if (units["gap"] > 0).any() and np.isfinite(sums["beyond"]):
        said.append(reader.say("strategy_parts", **{name: _amount(sums[name], reader) for name in ("beyond", "effort")}))
    easy = units[units["room"] > 0]
    if len(easy) == 1:
        said.append(reader.say("strategy_room_one", name=_name(easy["unit"].iloc[0], reader), room=_amount(sums["room"], reader)))
    elif len(easy):
        said.append(reader.say("strategy_room_said", units=len(easy), all=len(units), room=_amount(sums["room"], reader)))
    for column, key in (("request", "strategy_silent"), ("neutral", "strategy_unseen")):
        lacking = units.loc[units[column].isna(), "unit"]
        if len(lacking):
            named = [_name(unit, reader) for unit in lacking.head(MOST)]
            said.append(reader.say(key, names=reader.say("strategy_comma").join(named)))
    return Sentence(_joined(said, reader))


def show_range(strategy: Strategy, period: str, level: float, reader: Reader):
    """The range by unit as a chart, the message in its title; beyond MOST units the smallest gaps together."""
    headings = {name: reader.say(f"strategy_{name}") for name in ("request", "target", "neutral", "gap")}
    headings["running"] = reader.say("strategy_this_year")
    units = strategy.units
    if np.isnan(strategy.frame.total):
        units, headings["gap"] = units.assign(gap=units["padding"]), reader.say("strategy_padding")
    title = str(say_gap_headline(strategy, reader)).rstrip("。.")
    return charts.show_negotiation(
        _named_rows(units, reader), title=title, measure=reader.say("strategy_measure"), unit=reader.unit, period=period, lang=reader.lang,
        source=reader.source, level=say_level(level, reader.lang), headings=headings,
    )  # fmt: skip


def _named_rows(units: pd.DataFrame, reader: Reader, by: str = "gap") -> pd.DataFrame:
    """The units with names, those of the smallest gaps as one row where there are too many, and their total."""
    largest = units[by].abs().fillna(0.0).sort_values(ascending=False, kind="stable").index[:MOST]
    shown = units[units.index.isin(largest)] if len(units) > MOST else units
    rows = [shown.assign(label=shown["unit"].map(lambda unit: _name(unit, reader)), is_total=False)]
    rest = units[~units.index.isin(shown.index)]
    if len(rest):
        rows.append(_sums(rest, reader.say("strategy_others", count=len(rest)), False))
    return pd.concat([*rows, _sums(units, reader.say("strategy_total"), True)], ignore_index=True) if len(units) else rows[0]


def _sums(units: pd.DataFrame, label: str, is_total: bool) -> pd.DataFrame:
    sums = units[[column for column in SUMMED if column in units]].sum(min_count=1).round(2)
    sums[["lower", "upper"]] = np.nan
    told = {"label": label, "is_total": is_total, "gap_rate": rate(float(sums["gap"]), abs(float(sums["target"])))}
    return pd.DataFrame([sums.to_dict() | told])


def show_units(strategy: Strategy, level: float, reader: Reader) -> Html:
    """The units as a table: this year, target, neutral view with its band, request, gap, and how the three stand."""
    rows = _named_rows(strategy.units, reader)
    rows["position"] = [reader.say(f"strategy_order_{order}") if isinstance(order, str) else " " for order in rows["order"]]
    said = say_level(level, reader.lang)
    columns = [
        Column("label", reader.say("strategy_unit"), "text"), Column("running", reader.say("strategy_running")),
        Column("target", reader.say("strategy_target")), Column("neutral", reader.say("strategy_neutral")),
        Column("lower", reader.say("strategy_lower", level=said)), Column("upper", reader.say("strategy_upper")),
        Column("request", reader.say("strategy_request")), Column("gap", reader.say("strategy_gap"), "variance", better="down"),
        Column("gap_rate", reader.say("strategy_rate"), "variance_rate", better="down"),
        Column("position", reader.say("strategy_position"), "text"),
    ]  # fmt: skip
    title = reader.say("strategy_units_title")
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=title, source=reader.source)


# ----------------------------------------------------------------------------------------------------------------- funds


def say_funds(strategy: Strategy, level: float, reader: Reader) -> Sentence:
    """Whether the requests can be paid, also with receipts at the lower edge of their band."""
    row, floor = strategy.funds.set_index("what").loc["request"], strategy.targets.cash_floor
    if pd.isna(row["closing"]):
        return Sentence(reader.say("strategy_no_cash"))
    closing = _amount(row["closing"], reader)
    if np.isnan(floor):
        return Sentence(reader.say("strategy_no_floor", closing=closing))
    told = {"closing": closing, "short": _amount(row["short"], reader), "floor": _amount(floor, reader)}
    key = "strategy_not_affordable" if row["short"] > 0 else "strategy_affordable"
    said = [reader.say(key, above=_amount(row["closing"] - floor, reader), **told)]
    if pd.notna(row["cautious"]):
        names = {"revenue": reader.say("strategy_revenue"), "level": say_level(level, reader.lang)}
        cautious = "strategy_cautious_said" if row["cautious_short"] > 0 else "strategy_cautious_fits"
        said.append(reader.say(cautious, short=_amount(row["cautious_short"], reader), **names))
    return Sentence(_joined(said, reader))


def show_funds(strategy: Strategy, level: float, reader: Reader) -> Html:
    """What targets, neutral view and requests do to cash; a sentence where cash isn't known."""
    table = strategy.funds.dropna(subset=["amount", "closing"])
    if table.empty:
        return show_text(reader.say("strategy_no_cash"))
    rows = table.assign(label=[reader.say(f"strategy_what_{what}") for what in table["what"]])
    columns = [
        Column("label", reader.say("strategy_what"), "text"), Column("amount", reader.say("strategy_measure")),
        Column("needed", reader.say("strategy_needed")), Column("closing", reader.say("strategy_closing")),
        Column("short", reader.say("strategy_short")),
        Column("cautious", reader.say("strategy_cautious", level=say_level(level, reader.lang))),
    ]  # fmt: skip
    columns = [column for column in columns if column.name != "short" or rows["short"].notna().any()]
    columns = [column for column in columns if column.name != "cautious" or rows["cautious"].notna().any()]
    title = reader.say("strategy_funds_title")
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=title, source=reader.source)


# --------------------------------------------------------------------------------------------------------------- sharing


def say_sharing(strategy: Strategy, reader: Reader) -> Sentence:
    """How much is asked for and there, what the plain cut loses, and why nothing is shared by value where it isn't."""
    shared = strategy.shared
    if shared is None:
        return Sentence(reader.say("strategy_no_targets"))
    money = {"asked": _amount(shared.asked, reader), "funds": _amount(shared.funds, reader)}
    if shared.lacking:
        return Sentence(reader.say("strategy_lacking", lacking=_amount(shared.lacking, reader), **money))
    if not shared.is_scarce:
        return Sentence(reader.say("strategy_not_scarce", **money))
    projects = (shared.units["basis"] == "npv").any()
    said = [reader.say("strategy_scarce" if projects else "strategy_scarce_plain", **money)]
    if not shared.is_valued:
        return Sentence(_joined([*said, reader.say("strategy_only_plain")], reader))
    moved = shared.units.set_index("unit")["difference"]
    more, less = moved[moved > 0].sort_values(ascending=False), moved[moved < 0].sort_values()
    if shared.lost >= 0.005 and len(more) and len(less):
        named = (moved.rename(lambda unit: _label(unit, strategy, reader)) for moved in (more, -less))
        names = dict(zip(("more", "less"), (_names(moved, reader) for moved in named), strict=True))
        said.append(reader.say("strategy_lost", lost=_amount(shared.lost, reader), **names))
    else:
        said.append(reader.say("strategy_nothing_lost"))
    left = shared.funds - float(shared.units["by_value"].sum())
    if left >= reader.unit.step / 2:
        said.append(reader.say("strategy_left", left=_amount(left, reader)))
    return Sentence(_joined(said, reader))


def show_sharing(strategy: Strategy, reader: Reader) -> Html:
    """Who gets scarce money: asked, by the plain cut, by value where there is one, and the difference; who has a value first."""
    shared = strategy.shared
    if shared is None or shared.lacking:
        return show_text(say_sharing(strategy, reader))
    rows = _sharing_rows(strategy, reader)
    columns = [
        Column("label", reader.say("strategy_unit"), "text"), Column("request", reader.say("strategy_asked")),
        Column("kept", reader.say("strategy_kept")), Column("proportional", reader.say("strategy_plain")),
    ]  # fmt: skip
    if shared.is_valued:
        columns += [
            Column("by_value", reader.say("strategy_by_value")),
            Column("difference", reader.say("strategy_difference"), "variance", better="neutral"),
            Column("next_said", reader.say("strategy_next"), "text"), Column("odds", reader.say("strategy_odds"), "rate", digits=0),
            Column("basis_said", reader.say("strategy_basis"), "text"),
        ]  # fmt: skip
        columns = [column for column in columns if column.name != "odds" or rows["odds"].notna().any()]
    columns = [column for column in columns if column.name != "kept" or (shared.units["kept"] > 0).any()]
    notes = [reader.say("strategy_value_note")] if shared.is_valued else []
    title = reader.say("strategy_shared_title" if shared.is_valued else "strategy_plain_title")
    notes += _declared_notes(strategy, reader)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=title, source=reader.source, notes=notes)


def _sharing_rows(strategy: Strategy, reader: Reader) -> pd.DataFrame:
    """Units with a value first, the others by size and the smallest together, and the total."""
    units = strategy.shared.units
    ordered = pd.concat([units[units["basis"] != ""], units[units["basis"] == ""]], ignore_index=True)
    shown, rest = ordered.iloc[:MOST], ordered.iloc[MOST:]
    odds, owner = _odds(strategy), strategy.declared.set_index("unit")["owner"]
    rows = shown.assign(label=[_label(unit, strategy, reader) for unit in shown["unit"]], is_total=False, odds=shown["unit"].map(odds))
    rows["next_said"] = [say_number(figure, reader.lang, 2, sign=True) if pd.notna(figure) else "" for figure in shown["next"]]
    rows["basis_said"] = [
        reader.say(f"strategy_basis_{basis}", owner=owner.get(unit, "")) for unit, basis in zip(shown["unit"], shown["basis"], strict=True)
    ]
    sums = ["request", "kept", "proportional", "by_value", "difference"]
    blank = {"next_said": " ", "basis_said": " "}
    parts = [(rest, reader.say("strategy_others", count=len(rest)), False)] if len(rest) else []
    parts.append((ordered, reader.say("strategy_total"), True))
    told = [part[sums].sum().round(2).to_dict() | {"label": label, "is_total": total} | blank for part, label, total in parts]
    return pd.concat([rows, pd.DataFrame(told)], ignore_index=True)


def _declared_notes(strategy: Strategy, reader: Reader) -> list[str]:
    used = strategy.declared[strategy.declared["unit"].isin(strategy.shared.units["unit"])]
    told = [(_name(row.unit, reader), say_number(row.rate, reader.lang, 2), row.owner, row.source) for row in used.itertuples()]
    return [reader.say("strategy_declared_note", name=name, rate=gain, owner=owner, source=source) for name, gain, owner, source in told]


def _odds(strategy: Strategy) -> pd.Series:
    """The odds of each project; nothing where projects come without."""
    if strategy.projects is None or "odds" not in strategy.projects:
        return pd.Series(dtype=float)
    return strategy.projects.set_index("project")["odds"]


def _label(unit: str, strategy: Strategy, reader: Reader) -> str:
    """The name of a department, of campaigns, or of a project."""
    projects = strategy.projects
    column = f"label_{reader.lang}"
    if projects is not None and column in projects and unit in set(projects["project"]):
        return str(projects.set_index("project").at[unit, column])
    return _name(unit, reader)


def _name(unit: str, reader: Reader) -> str:
    return reader.say("strategy_campaigns") if unit == CAMPAIGNS else reader.centre(unit)


def _names(amounts: pd.Series, reader: Reader, rest: bool = False) -> str:
    """The first few by name with their amounts; `rest`: and how many others share what remains."""
    shown = [reader.say("strategy_named", name=name, amount=_amount(amount, reader))
             for name, amount in amounts.head(NAMED).items()]  # fmt: skip
    others = amounts.iloc[NAMED:]
    if rest and len(others):
        label = reader.say("strategy_others", count=len(others))
        shown.append(reader.say("strategy_named", name=label, amount=_amount(float(others.sum()), reader)))
    return reader.say("strategy_comma").join(shown)


def _amount(amount: float, reader: Reader) -> str:
    return say_amount(amount, reader.unit, reader.lang)


def _rate(figure: float, reader: Reader) -> str:
    return say_rate(figure, reader.lang)


def _joined(said: list[str], reader: Reader) -> str:
    return (" " if reader.lang == "en" else "").join(part.strip() for part in said)
