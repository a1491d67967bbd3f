"""The budget control as people read it: sentences, charts and tables made from plan.control's and plan.warnings' results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.metrics import execution_rate, variance
from planning.plan.control import Control, last_known_year
from planning.plan.warnings import Rule, by_chance
from planning.view import charts
from planning.view.amounts import is_missing, say_amount, say_level, say_number, say_period, say_rate
from planning.view.control_chart import show_control
from planning.view.markup import Html, Sentence
from planning.view.reader import Reader, key_figures
from planning.view.sentences import say_bridge, say_landing
from planning.view.tables import Column, show_table

SURE = 0.995
"""Odds from here on are said to be over it, and likewise below: past misses never make a warning certain."""
LANGS = ("en", "zh")


# ---------------------------------------------------------------------------------------------------------- sentences


def say_method(reader: Reader, rule: Rule) -> list[Sentence]:
    """How a landing, its band and a warning come about."""
    values = {"smallest": _amount(rule.smallest, reader), "odds": say_level(rule.odds_wanted, reader.lang)}
    told = reader.say("control_method_rule", level=say_level(rule.level, reader.lang), **values)
    return [Sentence(reader.say(METHOD_WORDS[rule.method])), Sentence(reader.say("control_method_band")), Sentence(told)]


METHOD_WORDS = {
    "pace": "control_method_pace", "projection": "control_method_projection", "combined": "control_method_combined",
}  # fmt: skip


def _join(reader: Reader, *parts: str) -> Sentence:
    return Sentence((" " if reader.lang == "en" else "").join(part for part in parts if part))


def _amount(amount: float, reader: Reader) -> str:
    return say_amount(amount, reader.unit, reader.lang)


def _whole(control: Control) -> pd.DataFrame:
    return control.landing.set_index("what")


def _overspends(warned: pd.DataFrame) -> pd.DataFrame:
    return warned[warned["kind"] != "off_band"]


def say_landed(control: Control, reader: Reader) -> Sentence:
    """Where the whole lands against what was adopted."""
    subject = reader.say("control_as_of", month=say_period(control.reports.as_of, reader.lang))
    ours, adopted = (float(_whole(control).at[what, "amount"]) for what in ("ours", "adopted"))
    return say_landing(subject, ours, adopted, reader.say("control_base"), reader.unit, reader.lang)


def say_warned(warned: pd.DataFrame, reader: Reader) -> Sentence:
    """How many departments are warned of overspending, and of how much."""
    over = _overspends(warned)
    if over.empty:
        return Sentence(reader.say("control_none"))
    key = "control_warned_one" if len(over) == 1 else "control_warned"
    return Sentence(reader.say(key, count=len(over), amount=_amount(float(over["amount"].sum()), reader)))


def _of(record: pd.DataFrame, what: str, kind: str = "over") -> pd.Series:
    return record[(record["what"] == what) & (record["kind"] == kind)].iloc[0]


def say_record(record: pd.DataFrame, reader: Reader) -> Sentence:
    """How many such warnings came true after the same quarter of earlier years."""
    row = _of(record, "quarter")
    if not row["raised"]:
        return Sentence(reader.say("control_no_record"))
    rates = {name: say_rate(row[column], reader.lang, 0) for name, column in (("rate", "precision"), ("low", "low"), ("high", "high"))}
    key = "control_record_one" if row["years"] == 1 else "control_record"
    values = {} if row["years"] == 1 else {"years": int(row["years"])}
    return Sentence(reader.say(key, raised=int(row["raised"]), true=int(row["true"]), **values, **rates))


def say_all_record(record: pd.DataFrame, rule: Rule, reader: Reader) -> Sentence:
    """The record of all quarters together, what the odds promised, what was missed, and the notice."""
    row = _of(record, "all")
    if not row["raised"]:
        return Sentence("")
    said = reader.say(
        "control_record_all", raised=int(row["raised"]), true=int(row["true"]),
        rate=say_rate(row["precision"], reader.lang, 0),
        expected=say_number(row["expected"], reader.lang), missed=int(row["missed"]), smallest=_amount(rule.smallest, reader),
        notice=say_number(row["notice"], reader.lang, 1),
    )  # fmt: skip
    return Sentence(said)


def say_headline(control: Control, warned: pd.DataFrame, record: pd.DataFrame, reader: Reader) -> Sentence:
    """The landing, the warnings and what such warnings have been worth, in three sentences."""
    parts = {"landing": say_landed(control, reader), "warned": say_warned(warned, reader), "record": say_record(record, reader)}
    return Sentence(reader.say("control_headline", **parts))


def say_chance(control: Control, warned: pd.DataFrame, reader: Reader) -> Sentence:
    """How many of the warnings are to be expected by chance."""
    false, outside = by_chance(warned, control.lines, control.level)
    lines = int((control.lines["to_date"].notna() & (control.lines["adopted"] > 0)).sum())
    over = len(_overspends(warned))
    said = reader.say(
        "control_chance", false=say_number(false, reader.lang, 1), count=over, lines=lines, found=len(warned) - over,
        outside=say_number(outside, reader.lang), level=say_level(control.level, reader.lang),
    )  # fmt: skip
    return Sentence(said)


def say_whole_band(control: Control, reader: Reader) -> Sentence:
    """The band of the whole, and what it rests on."""
    ours, level = _whole(control).loc["ours"], say_level(control.level, reader.lang)
    if is_missing(ours["lower"]):
        return Sentence(reader.say("control_no_band", level=level))
    pooled = reader.say("control_pooled") if control.pooled else ""
    edges = {edge: _amount(float(ours[edge]), reader) for edge in ("lower", "upper")}
    return _join(reader, reader.say("control_band", level=level, pooled=pooled, **edges), _say_whole_held(control, reader))


def _say_whole_held(control: Control, reader: Reader) -> str:
    """How often the band of the whole held."""
    row = control.coverage[control.coverage["what"] == "whole"]
    if row.empty or not row["n"].iloc[0]:
        return reader.say("control_whole_untried")
    return reader.say("control_whole_held", n=int(row["n"].iloc[0]), inside=int(row["inside"].iloc[0]))


def say_staff(control: Control, classes: pd.DataFrame, reader: Reader) -> Sentence:
    """How many departments project to spend more on personnel than was adopted for it; without odds, and why."""
    staff = classes[(classes["account"] == control.reports.staff_class) & classes["projection"].notna()]
    over = variance(staff["projection"], staff["adopted"])
    if staff.empty:
        return Sentence("")
    amount = _amount(float(over.clip(lower=0).sum()), reader)
    return Sentence(reader.say("control_staff", n=len(staff), count=int((over > 0).sum()), amount=amount))


def say_coverage(control: Control, reader: Reader) -> Sentence:
    """How often the departments' bands held, with a warning where they have been too narrow."""
    row = control.coverage[control.coverage["what"] == "quarter"]
    if row.empty or not row["n"].iloc[0]:
        return Sentence(reader.say("coverage_unknown"))
    row, level = row.iloc[0], say_level(control.level, reader.lang)
    narrow = reader.say("too_narrow", level=level) if row["high"] < control.level else ""
    values = {"n": int(row["n"]), "inside": int(row["inside"]), "rate": say_rate(row["coverage"], reader.lang), "level": level}
    return Sentence(reader.say("control_coverage", **values) + narrow)


def say_accuracy(control: Control, reader: Reader) -> Sentence:
    """What the ways to a landing have missed by at this point of the year."""
    rows = control.accuracy[control.accuracy["closed"] == control.closed].set_index("method")
    if rows.empty:
        return Sentence("")
    shown = {name: say_rate(rows.at[method, "wape"], reader.lang) for name, method in WAYS}
    years = int(rows["years"].max())
    if years == 1:
        return Sentence(reader.say("control_accuracy_one", **shown))
    return Sentence(reader.say("control_accuracy", years=years, **shown))


WAYS = (("pace", "pace"), ("people", "projection"), ("combined", "combined"))


def say_became(past: pd.DataFrame, warned: pd.DataFrame, reader: Reader) -> list[Sentence]:
    """What became of earlier warnings by what was known, and of them and this report's by what is known since. `warned`: looked back."""
    since = [_say_since("control_since_past", past, reader), _say_since("control_since_over", _overspends(warned), reader)]
    if past.empty:
        return [Sentence(reader.say("control_became_none")), *since]
    counts = past["outcome"].value_counts()
    values = {name: int(counts.get(outcome, 0)) for name, outcome in (("true", "came_true"), ("false", "not_true"), ("open", "open"))}
    said = reader.say("control_became", count=len(past), still=int(past["still"].fillna(False).sum()), **values)
    return [Sentence(said), *since, Sentence(reader.say("control_not_told"))]


def _say_since(key: str, warned: pd.DataFrame, reader: Reader) -> Sentence:
    known = warned[warned["since_true"].notna()]
    return Sentence(reader.say(key, count=len(known), true=int(known["since_true"].sum())) if len(known) else "")


def say_unassessed(control: Control, reader: Reader) -> Sentence:
    """The departments that can't be warned of: nothing adopted, or no landing."""
    lines = control.lines
    some = (lines["adopted"].fillna(0.0) != 0) | (lines["to_date"].fillna(0.0) != 0)
    left = lines[some & (lines["amount"].isna() | ~(lines["adopted"] > 0))]
    if left.empty:
        return Sentence("")
    names = reader.say("control_comma").join(reader.centre(code) for code in left["department"])
    return Sentence(reader.say("control_unassessed", count=len(left), names=names))


def say_caveats(control: Control, reader: Reader) -> list[Sentence]:
    """What the figures can't tell."""
    keys = ["control_caveat_commitments", "control_caveat_classes", "control_caveat_actual"]
    keys += ["control_caveat_method"] if control.method == "combined" else []
    return [*(Sentence(reader.say(key)) for key in keys), say_unassessed(control, reader)]


def say_odds(odds: float, reader: Reader) -> str:
    """Odds as a rate, never as certain."""
    if is_missing(odds):
        return say_rate(odds, reader.lang)
    if odds >= SURE:
        return reader.say("control_sure", rate=say_rate(0.99, reader.lang, 0))
    if odds <= 1 - SURE:
        return reader.say("control_never", rate=say_rate(0.01, reader.lang, 0))
    return say_rate(odds, reader.lang, 0)


# ------------------------------------------------------------------------------------------------- the warnings in words


def _side(kind: str, amount: float) -> str:
    """The warning's kind as people call it: spending off its band is above or below."""
    return kind if kind != "off_band" else "above" if amount > 0 else "below"


KIND_WORDS = {
    "overspend": "control_kind_overspend", "projection": "control_kind_projection", "above": "control_kind_above",
    "below": "control_kind_below", "over": "control_kind_over", "off_band": "control_kind_off_band",
}  # fmt: skip
SAID = {
    "overspend": "control_said_overspend", "projection": "control_said_projection", "above": "control_said_above",
    "below": "control_said_below",
}  # fmt: skip


def _say_why(row, line: pd.Series, reader: Reader) -> str:
    """One warning's reason in a sentence."""
    side = _side(row.kind, row.amount)
    if side in ("above", "below"):
        edges = {"lower": _amount(row.to_date - row.upper, reader), "upper": _amount(row.to_date - row.lower, reader)}
        values = {"spent": _amount(row.to_date, reader), "amount": _amount(abs(row.amount), reader)}
        return reader.say(SAID[side], **values, **edges)
    values = {name: _amount(line[column], reader) for name, column in (("landing", "amount"), ("projection", "projection"))}
    edges = {edge: _amount(line[edge], reader) for edge in ("lower", "upper")} if side == "overspend" else {}
    return reader.say(SAID[side], amount=_amount(row.amount, reader), **values, **edges)


def _say_action(row, donors: pd.DataFrame, reader: Reader) -> str:
    """One warning's proposed action: hold personnel, transfer, ask for more, or first ask why."""
    side = _side(row.kind, row.amount)
    if side in ("above", "below"):
        given = float(donors.loc[donors["donor"] == row.department, "amount"].sum())
        key = "control_act_above" if side == "above" else "control_act_release" if given else "control_act_below"
        return reader.say(key, **({"amount": _amount(given, reader)} if given else {}))
    own = donors[donors["department"] == row.department]
    names = [
        reader.say("control_donor", name=reader.centre(move.donor), amount=_amount(move.amount, reader)) for move in own.itertuples()
    ]
    transfer = {"amount": _amount(row.transfer, reader), "donors": reader.say("control_comma").join(names)}
    parts = [
        reader.say("control_act_staff", amount=_amount(row.staff_over, reader)) if row.staff else "",
        reader.say("control_act_transfer", **transfer) if len(own) else "",
        reader.say("control_act_rest" if len(own) else "control_act_supplement", amount=_amount(row.supplement, reader))
        if row.supplement > 0
        else "",
    ]
    return _join(reader, *parts)


def build_warnings(control: Control, acted: pd.DataFrame, transfers: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """The warnings with owner, reason and action in both languages, as the page reads them.

    Columns: department, label_en, label_zh, account, kind, amount, lower, upper, odds, owner_en, owner_zh, said_en, said_zh,
    action_en, action_zh. The owner is the one the department names, else the department itself.
    """
    lines = control.lines.set_index("department")
    table = acted[["department", "kind", "amount", "lower", "upper", "odds"]].assign(account=control.reports.reported)
    for lang in LANGS:
        read = reader.speaking(lang)
        table[f"label_{lang}"] = [read.centre(code) for code in table["department"]]
        table[f"owner_{lang}"] = [_owner(code, read) for code in table["department"]]
        table[f"said_{lang}"] = [_say_why(row, lines.loc[row.department], read) for row in acted.itertuples()]
        table[f"action_{lang}"] = [_say_action(row, transfers, read) for row in acted.itertuples()]
    words = [f"{name}_{lang}" for name in ("owner", "said", "action") for lang in LANGS]
    return table[["department", "label_en", "label_zh", "account", "kind", "amount", "lower", "upper", "odds", *words]]


def _owner(code: str, reader: Reader) -> str:
    owners = reader.cost_centres.set_index("code")["owner"]
    named = owners.get(code)
    return str(named) if isinstance(named, str) and named else reader.centre(code)


# --------------------------------------------------------------------------------------------------- charts and tables


def _year(control: Control, reader: Reader) -> str:
    return reader.year(control.reports.fiscal_year)


def _measure(control: Control, reader: Reader) -> str:
    return reader.account(control.reports.reported)


def show_departments_chart(control: Control, warned: pd.DataFrame, reader: Reader, most: int = 14):
    """The departments whose landing is farthest from what was adopted, the others together."""
    lines = control.lines.assign(label=control.lines["department"].map(reader.centre))
    far = lines["over"].abs().sort_values(ascending=False, kind="stable", na_position="last").index[:most]
    shown = lines.loc[far].sort_values("over", ascending=False, kind="stable", na_position="last")
    left = lines.drop(index=far)
    sums = left.assign(amount=left["counted"])[["adopted", "to_date", "amount"]].sum()
    others = pd.DataFrame([{"label": reader.say("others", count=len(left)), **sums}])
    table = pd.concat([shown, others], ignore_index=True) if len(left) else shown
    title = _join(reader, str(say_landed(control, reader)), str(say_warned(warned, reader)))
    return show_control(
        table, title=title, measure=_measure(control, reader), unit=reader.unit, period=_year(control, reader), lang=reader.lang,
        source=reader.source, level=control.level, notes=[reader.say("control_bar_note")],
    )  # fmt: skip


def show_positions(control: Control, reader: Reader, most: int = 20) -> Html:
    """The largest departments' adopted, target, spent and available, and their execution beside last year's; others; the total."""
    columns = _columns(
        reader, ("label", "department", "text"), ("adopted", "adopted_budget"), ("target", "target"), ("to_date", "to_date"),
        ("available", "control_available"), ("execution", "execution", "rate"), ("execution_prior", "execution_prior", "rate"),
    )  # fmt: skip
    caption = reader.say("control_position_title")
    return show_table(_rows(control, reader, most), columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source)


def show_landings(control: Control, reader: Reader, most: int = 20) -> Html:
    """The largest departments' own projection, landing, band and odds against what was adopted; others; the total."""
    rows, band = _rows(control, reader, most), reader.say("control_band_column")
    rows["likely"] = [say_odds(odds, reader) for odds in rows["odds"]]
    columns = [
        *_columns(reader, ("label", "department", "text"), ("adopted", "adopted_budget"), ("projection", "projection")),
        *_columns(reader, ("amount", "ours")), Column("lower", "≥", group=band), Column("upper", "≤", group=band),
        Column("over", reader.say("control_over"), "variance", better="down"), *_columns(reader, ("likely", "control_odds", "text")),
    ]  # fmt: skip
    caption = reader.say("control_landing_title")
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source)


def _rows(control: Control, reader: Reader, most: int) -> pd.DataFrame:
    """The departments by size, those after `most` together, and the total with the whole's band."""
    lines = control.lines.assign(label=control.lines["department"].map(reader.centre), is_total=False)
    ordered = lines.sort_values("adopted", ascending=False, kind="stable", na_position="last")
    left, ours = ordered.iloc[most:], _whole(control).loc["ours"]
    others = [_sums(left, reader.say("others", count=len(left)), False)] if len(left) else []
    total = _sums(ordered, reader.say("total"), True).assign(lower=ours["lower"], upper=ours["upper"])
    return pd.concat([ordered.head(most), *others, total], ignore_index=True)


def _columns(reader: Reader, *told: tuple) -> list[Column]:
    """Columns from (name, the heading's word[, kind[, digits]]); variances say no colour."""
    return [
        Column(name, reader.say(key), kind[0] if kind else "amount", "neutral", kind[1] if len(kind) > 1 else None)
        for name, key, *kind in told
    ]


def _sums(lines: pd.DataFrame, label: str, is_total: bool) -> pd.DataFrame:
    """Departments together: sums, and the execution rate of the sums."""
    money = ["adopted", "target", "projection", "to_date", "available"]
    sums = lines[money].sum(min_count=1).to_dict() | {"amount": lines["counted"].sum()}
    prior = lines["execution_prior"] * lines["adopted"]
    row = sums | {"label": label, "is_total": is_total, "over": variance(sums["amount"], sums["adopted"])}
    known = prior.notna()
    row["execution"] = execution_rate(sums["to_date"], sums["adopted"])
    row["execution_prior"] = execution_rate(prior[known].sum(), lines.loc[known, "adopted"].sum())
    return pd.DataFrame([row | {"lower": np.nan, "upper": np.nan, "odds": np.nan}])


def show_classes(control: Control, classes: pd.DataFrame, reader: Reader) -> Html:
    """The whole by class: what is adopted, last known, projected, spent and available; what isn't reported is a dash."""
    single, staff = classes[classes["account"] != "others"], control.reports.staff_class
    sums = single.groupby("account")[["adopted", "last_actual"]].sum(min_count=1).reindex(control.reports.budgeted).dropna(how="all")
    rows = [{"label": reader.account(code), **sums.loc[code], "level": 0} for code in sums.index]
    told = single[(single["account"] == staff) & single["to_date"].notna()][AMOUNTS].sum(min_count=1)
    if staff and pd.notna(told["to_date"]):
        at = next(number for number, code in enumerate(sums.index) if code == staff)
        rows.insert(at + 1, {"label": reader.say("control_reported"), **told, "level": 1, "part": True})
    whole = control.lines[["adopted", "projection", "to_date", "available"]].sum(min_count=1)
    rows.append({"label": reader.say("total"), **whole, "last_actual": sums["last_actual"].sum(min_count=1), "is_total": True})
    columns = [
        *_columns(reader, ("label", "class", "text"), ("adopted", "adopted_budget")),
        Column("last_actual", _last_actual(control, reader)),
        *_columns(reader, ("projection", "projection"), ("to_date", "to_date"), ("available", "control_available")),
    ]
    return show_table(
        pd.DataFrame(rows), columns, unit=reader.unit, lang=reader.lang, caption=reader.say("control_classes_title"),
        source=reader.source, notes=[reader.say("control_dash")], rounding_difference=False,
    )  # fmt: skip


AMOUNTS = ["adopted", "last_actual", "projection", "to_date", "available"]


def _last_actual(control: Control, reader: Reader) -> str:
    year = last_known_year(control.reports)
    return reader.say("control_last_actual", year=reader.year(year)) if year else reader.say("control_last_actual_none")


def show_matrix(control: Control, classes: pd.DataFrame, reader: Reader, most: int = 15) -> Html:
    """Departments by class: personnel and all other classes, each with adopted, spent and available."""
    staff = classes[classes["account"] == control.reports.staff_class].set_index("department")
    others = classes[classes["account"] == "others"].set_index("department")
    order = control.lines.sort_values("adopted", ascending=False, kind="stable", na_position="last")["department"].head(most)
    rows = pd.DataFrame({"label": order.map(reader.centre).to_numpy()}, index=order)
    for name, part in (("staff", staff), ("other", others)):
        for column in ("adopted", "to_date", "available"):
            rows[f"{name}_{column}"] = part[column].reindex(order)
    rows["staff_over"] = variance(staff["projection"], staff["adopted"]).astype(float).reindex(order)
    columns = [Column("label", reader.say("department"), "text")]
    for name, key in (("staff", "control_staff_group"), ("other", "control_other_group")):
        heads = [("adopted", "adopted_budget"), ("to_date", "to_date"), ("available", "control_available")]
        columns += [Column(f"{name}_{column}", reader.say(head), group=reader.say(key)) for column, head in heads]
        if name == "staff":
            columns.append(Column("staff_over", reader.say("control_staff_over"), "variance", "down", group=reader.say(key)))
    return show_table(
        rows.reset_index(drop=True), columns, unit=reader.unit, lang=reader.lang, caption=reader.say("control_matrix_title"),
        source=reader.source, notes=[reader.say("control_dash")],
    )  # fmt: skip


def show_warnings(table: pd.DataFrame, reader: Reader) -> Html:
    """The warnings: whose, which, how much, how likely, why, and what to do. `table`: `build_warnings`."""
    sides = [_side(row.kind, row.amount) for row in table.itertuples()]
    rows = table.assign(
        kind=[reader.say(KIND_WORDS[side]) for side in sides], likely=[say_odds(odds, reader) for odds in table["odds"]],
    )  # fmt: skip
    columns = _columns(
        reader, (f"owner_{reader.lang}", "department", "text"), ("kind", "control_kind", "text"), ("amount", "control_amount", "variance"),
        ("likely", "control_warning_odds", "text"), (f"said_{reader.lang}", "control_why", "text"),
        (f"action_{reader.lang}", "control_action", "text"),
    )  # fmt: skip
    caption = reader.say("control_warnings_title")
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source)


def show_past(past: pd.DataFrame, reader: Reader) -> Html:
    """Earlier warnings and what became of them, by what was known then and by what is known since."""
    words = {"came_true": "control_came_true", "not_true": "control_not_true", "open": "control_open"}
    rows = past.assign(
        label=past["department"].map(reader.centre),
        kind=[reader.say(KIND_WORDS[_side(row.kind, row.amount)]) for row in past.itertuples()],
        likely=[say_odds(odds, reader) for odds in past["odds"]],
        said=[_say_outcome(row, words, reader) for row in past.itertuples()],
    )
    columns = _columns(
        reader, ("period", "control_raised_at", "period"), ("label", "department", "text"), ("kind", "control_kind", "text"),
        ("amount", "control_amount", "variance"), ("likely", "control_warning_odds", "text"), ("said", "control_outcome", "text"),
    )  # fmt: skip
    columns += [
        Column("ended", reader.say("control_ended"), "variance", better="down"),
        Column("since", reader.say("control_since"), "variance", better="down"),
    ]
    return show_table(
        rows, columns, unit=reader.unit, lang=reader.lang, caption=reader.say("control_past_title"), source=reader.source,
        notes=[reader.say("control_since_note")],
    )  # fmt: skip


def _say_outcome(row, words: dict[str, str], reader: Reader) -> str:
    said = reader.say(words[row.outcome])
    if row.still is pd.NA or pd.isna(row.still):
        return said
    return reader.say("control_dot").join([said, reader.say("control_still" if row.still else "control_gone")])


def show_record(record: pd.DataFrame, reader: Reader) -> Html:
    """How the rule did on earlier years, by kind, at this quarter and at all."""
    rows = record.assign(
        what=[reader.say("control_quarter" if what == "quarter" else "control_all") for what in record["what"]],
        kind=[reader.say(KIND_WORDS[kind]) for kind in record["kind"]],
        interval=[_interval(row, reader) for row in record.itertuples()],
    )
    columns = _columns(
        reader, ("what", "control_what", "text"), ("kind", "control_kind", "text"), ("raised", "control_raised", "count"),
        ("expected", "control_expected", "count", 1), ("true", "control_true", "count"), ("precision", "control_precision", "rate", 0),
        ("interval", "control_interval", "text"), ("missed", "control_missed", "count"), ("recall", "control_recall", "rate", 0),
        ("notice", "control_notice", "count", 1), ("years", "control_years", "count"),
    )  # fmt: skip
    caption = reader.say("control_record_title")
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source)


def _interval(row, reader: Reader) -> str:
    return "" if is_missing(row.low) else f"{say_rate(row.low, reader.lang, 0)} – {say_rate(row.high, reader.lang, 0)}"


def show_thresholds(table: pd.DataFrame, reader: Reader) -> Html:
    """What other odds would raise now, and what they would have raised, hit and missed."""
    columns = _columns(
        reader, ("odds", "control_threshold", "rate", 0), ("now", "control_now", "count"), ("money", "control_money"),
        ("raised", "control_raised", "count"), ("true", "control_true", "count"), ("precision", "control_precision", "rate", 0),
        ("missed", "control_missed", "count"), ("recall", "control_recall", "rate", 0),
    )  # fmt: skip
    caption = reader.say("control_thresholds_title")
    return show_table(table, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source)


def show_bridge(control: Control, bridge: pd.DataFrame, reader: Reader):
    """The bridge from what was adopted to the landing, by department."""
    shown = reader.steps(bridge, reader.centre, reader.say("adopted_budget"), reader.say("landing"))
    title = str(say_bridge(reader.say("control_chart"), shown, reader.unit, reader.lang))
    return charts.show_bridge(
        shown, title=title, measure=_measure(control, reader), unit=reader.unit, period=_year(control, reader), lang=reader.lang,
        source=reader.source, better="down",
    )  # fmt: skip


def build_key_figures(control: Control, warned: pd.DataFrame, record: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The figures for the page: landing, how far from the budget, money and number warned of, and what such warnings were worth."""
    ours, adopted = _whole(control).loc["ours"], float(_whole(control).at["adopted", "amount"])
    over, row = _overspends(warned), _of(record, "quarter")
    return key_figures([
        ("control_key_landing", ours["amount"], currency, "down", (ours["lower"], ours["upper"])),
        ("control_key_over", ours["amount"] - adopted, currency, "down", (ours["lower"] - adopted, ours["upper"] - adopted)),
        ("control_key_count", len(over), "count", "down"),
        ("control_key_warned", float(over["amount"].sum()), currency, "down"),
        ("control_key_precision", row["precision"], "rate", "up", (row["low"], row["high"])),
    ])  # fmt: skip


def classes_table(classes: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """The classes with their names in both languages, as recorded."""
    names = {lang: [_class_name(code, reader.speaking(lang)) for code in classes["account"]] for lang in LANGS}
    return classes.assign(label_en=names["en"], label_zh=names["zh"])


def _class_name(code: str, reader: Reader) -> str:
    return reader.say("control_others_class") if code == "others" else reader.account(code)


def departments_table(control: Control, reader: Reader) -> pd.DataFrame:
    """The departments' lines with their names in both languages, as recorded."""
    names = {lang: control.lines["department"].map(reader.speaking(lang).centre) for lang in LANGS}
    return control.lines.assign(label_en=names["en"], label_zh=names["zh"])
