"""The scorecards as people read them: sentences, charts and tables made from plan.scorecard's results."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planning.plan.scorecard import SURE, Scorecards, apart, not_told_from_first, not_told_from_last, of_year, ranked, wrong_calls
from planning.view import charts
from planning.view.amounts import MISSING, is_missing, say_amount, say_level, say_number, say_period, say_rate
from planning.view.markup import Html, Sentence, show_text
from planning.view.reader import Reader, key_figures
from planning.view.report_words import say
from planning.view.tables import Column, show_table

STANDING = {"upper": "scorecard_upper", "lower": "scorecard_lower"}
BETTER = {"up": "scorecard_up", "down": "scorecard_down", "on_target": "scorecard_on_target"}
WHY = {"small": "scorecard_small", "unbudgeted": "scorecard_unbudgeted", "unmeasured": "scorecard_unmeasured"}
KINDS = {"rate": "rate", "currency": "amount", "count": "count"}
LEAST_LOSS = 0.05
"""Points below which a loss is not spoken of; it would be shown as 0.0."""


def say_known(reader: Reader, fiscal_year: int, as_of: pd.Timestamp, when: pd.Timestamp, snapshot: str) -> Sentence:
    """What was known: the year that is scored, the last closed month, the day, the snapshot."""
    said = {"month": say_period(as_of, reader.lang), "day": f"{when:%Y-%m-%d}", "snapshot": snapshot}
    return Sentence(say("scorecard_known", reader.lang, name=reader.name, year=reader.year(fiscal_year), **said))


def say_method(reader: Reader, least_weight: float, smallest: float) -> Sentence:
    """How a score comes about, and who has none."""
    amount = say_amount(smallest, reader.unit, reader.lang)
    return Sentence(say("scorecard_method", reader.lang, least=say_level(least_weight, reader.lang), smallest=amount))


def say_doubt(made: Scorecards, reader: Reader) -> Sentence:
    """What a rank's interval means."""
    noise = ranked(made)["noise"].dropna()
    if noise.empty:
        return Sentence(say("scorecard_missing_note", reader.lang))
    return Sentence(say("scorecard_doubt", reader.lang, noise=_points(noise.median(), reader)))


def _points(points: float, reader: Reader) -> str:
    return say_number(points, reader.lang, 1)


def say_headline(made: Scorecards, reader: Reader) -> Sentence:
    """Who comes first and last, how surely, and who stands low over the years."""
    cards, year = ranked(made), reader.year(made.fiscal_year)
    if cards.empty:
        return Sentence(say("scorecard_headline_none", reader.lang, year=year))
    first, last = (reader.centre(cards["department"].iloc[at]) for at in (0, -1))
    said = {"year": year, "count": len(cards), "median": _points(cards["score"].median(), reader)} | _ends(cards, reader)
    if len(cards) == 1:
        return Sentence(say("scorecard_headline_one", reader.lang, year=year, first=first, highest=said["highest"]))
    said |= {"first": first, "last": last, "among": _say_among(made, reader), "below": _say_below(made, reader)}
    return Sentence(say("scorecard_headline", reader.lang, **said, long=_say_long(made, reader)).strip())


def _ends(cards: pd.DataFrame, reader: Reader) -> dict[str, str]:
    return {"lowest": _points(cards["score"].min(), reader), "highest": _points(cards["score"].max(), reader)}


def _say_among(made: Scorecards, reader: Reader) -> str:
    first = ranked(made).iloc[0]
    return say("scorecard_no_doubt", reader.lang) if _unsaid(made) else _say_others(not_told_from_first(made), first, reader)


def _say_below(made: Scorecards, reader: Reader) -> str:
    last = ranked(made).iloc[-1]
    return "" if _unsaid(made) else say("scorecard_last", reader.lang, among=_say_others(not_told_from_last(made), last, reader))


def _unsaid(made: Scorecards) -> bool:
    return bool(ranked(made)["rank_lower"].isna().any())


def _say_others(others: list[str], card: pd.Series, reader: Reader) -> str:
    """How surely somebody is first or last: told apart from each other one at a time is not yet from all of them together."""
    if others:
        return say("scorecard_among", reader.lang, count=len(others))
    if card["rank_lower"] < card["rank_upper"]:
        ends = {end: say_number(card[f"rank_{end}"], reader.lang) for end in ("lower", "upper")}
        return say("scorecard_span", reader.lang, **ends)
    return say("scorecard_alone", reader.lang)


def _say_long(made: Scorecards, reader: Reader) -> str:
    if ranked(made)["rank_lower"].isna().any():
        return ""
    years = made.track.loc[made.track["score"].notna(), "fiscal_year"].nunique()
    return say("scorecard_long", reader.lang, years=years, lower=_standing(made, "lower"), upper=_standing(made, "upper"))


def _standing(made: Scorecards, half: str, which: str = "long_standing") -> int:
    return int((ranked(made)[which] == half).sum())


def say_pairs(made: Scorecards, reader: Reader) -> Sentence:
    """How many pairs of departments one year tells apart, and how many surely stand in one half."""
    if not len(ranked(made)) or _unsaid(made):
        return Sentence(say("scorecard_missing_note", reader.lang))
    told, pairs = apart(made)
    if not pairs:
        return Sentence("")
    surely = _standing(made, "upper", "standing") + _standing(made, "lower", "standing")
    said = {"level": say_level(made.level, reader.lang), "sure": say_level(SURE, reader.lang)}
    return Sentence(say("scorecard_pairs", reader.lang, apart=told, pairs=pairs, surely=surely, **said))


def say_tried(made: Scorecards, reader: Reader) -> Sentence:
    """How often such intervals held the next year's rank."""
    inside, n = int(made.tried["inside"].sum()), len(made.tried)
    if not n:
        return Sentence(say("scorecard_untried", reader.lang))
    said = {"rate": say_rate(inside / n, reader.lang), "level": say_level(made.level, reader.lang)}
    return Sentence(say("scorecard_tried", reader.lang, inside=inside, n=n, **said))


def say_equals(made: Scorecards, reader: Reader) -> Sentence:
    """How often equal departments would have been told apart, and how many of the calls over the years may be wrong."""
    said = [say("scorecard_equals", reader.lang, **made.equals)] if made.equals["trials"] else []
    wrong, called = wrong_calls(made)
    if called:
        said.append(say("scorecard_wrong", reader.lang, called=called, sure=say_level(SURE, reader.lang), wrong=_points(wrong, reader)))
    return Sentence((" " if reader.lang == "en" else "").join(said))


def label_of(made: Scorecards, code: str, reader: Reader) -> str:
    """An indicator's name."""
    return made.indicators.at[code, f"label_{reader.lang}"]


def say_value(made: Scorecards, code: str, value: float, reader: Reader) -> str:
    """What an indicator measured, in its unit; a deviation from nothing with its sign."""
    unit, sign = made.indicators.at[code, "unit"], made.indicators.at[code, "target"] == 0
    if unit == "currency":
        return say_amount(value, reader.unit, reader.lang, sign)
    return say_rate(value, reader.lang, sign=sign) if unit == "rate" else say_number(value, reader.lang, 1, sign)


def show_indicators(made: Scorecards, reader: Reader) -> Html:
    """What is counted: the way that is good, the target, what scores 0 and 100, the weight and the owner."""
    used = list(of_year(made)["indicator"].unique())
    rows = [_indicator_row(made, row, used, reader) for row in made.indicators.itertuples()]
    names = ("better", "target", "zero", "hundred", "weight", "owner")
    heads = {
        "better": "scorecard_better", "target": "scorecard_target", "zero": "scorecard_zero", "hundred": "scorecard_hundred",
        "weight": "scorecard_weight", "owner": "scorecard_owner",
    }  # fmt: skip
    columns = [Column("label", say("scorecard_indicator", reader.lang), "text")]
    columns += [Column(name, say(heads[name], reader.lang), "rate" if name == "weight" else "text") for name in names]
    others = [label_of(made, code, reader) for code in made.indicators.index if code not in used]
    notes = [say("scorecard_whole_only", reader.lang, labels=_list(others, reader))] if others else []
    return show_table(
        pd.DataFrame(rows), columns, unit=reader.unit, lang=reader.lang, caption=say("scorecard_indicators_title", reader.lang), notes=notes
    )


def _indicator_row(made: Scorecards, row, used: list[str], reader: Reader) -> dict:
    weights = made.indicators.loc[used, "weight"]
    ends = {"zero": row.floor, "hundred": row.ceiling}
    if row.better == "on_target":
        said = {name: say("scorecard_away", reader.lang, value=_plain(made, row, value, reader)) for name, value in ends.items()}
    else:
        said = {name: _plain(made, row, value, reader) for name, value in ends.items()}
    return said | {
        "label": label_of(made, row.code, reader), "better": say(BETTER[row.better], reader.lang),
        "target": _plain(made, row, row.target, reader), "weight": row.weight / weights.sum() if row.code in used else np.nan,
        "owner": _office(row.owner, reader),
    }  # fmt: skip


def _plain(made: Scorecards, row, value: float, reader: Reader) -> str:
    return say_value(made, row.code, value, reader).lstrip("+")


def _office(owner: str, reader: Reader) -> str:
    """An office that is a cost centre, by its code or its English name, in the reader's language."""
    named = dict(zip(reader.cost_centres["label_en"], reader.cost_centres["code"], strict=True))
    return reader.centre(named.get(owner, owner))


def _list(said: Sequence[str], reader: Reader) -> str:
    return (", " if reader.lang == "en" else "、").join(said)


def say_reason(made: Scorecards, department: str, reader: Reader, most: int = 2) -> Sentence:
    """What costs a department its points: the largest losses with what was measured, and what couldn't be."""
    card = made.cards.set_index("department").loc[department]
    if is_missing(card["score"]):
        return Sentence(say("scorecard_no_score", reader.lang, why=say(WHY[card["why"]], reader.lang)))
    rows = of_year(made, department)
    lost = rows[rows["points"] <= -LEAST_LOSS].sort_values("points", kind="stable").head(most)
    losses = [_say_loss(made, row, reader) for row in lost.itertuples()]
    said = say("scorecard_loses", reader.lang, losses=_list(losses, reader)) if losses else say("scorecard_loses_nothing", reader.lang)
    missing = [label_of(made, code, reader) for code in rows.loc[rows["attainment"].isna(), "indicator"]]
    return Sentence(said + (say("scorecard_not_measured", reader.lang, labels=_list(missing, reader)) if missing else ""))


def _say_loss(made: Scorecards, row, reader: Reader) -> str:
    value = say_value(made, row.indicator, row.value, reader)
    label = label_of(made, row.indicator, reader)
    return say("scorecard_one_lost", reader.lang, points=_points(-row.points, reader), label=label, value=value)


def show_rank_chart(made: Scorecards, reader: Reader):
    """Scores beside those of earlier years, and ranks with their intervals."""
    cards = ranked(made)
    earlier = made.track[(made.track["fiscal_year"] < made.fiscal_year) & made.track["score"].notna()]
    past = earlier.groupby("department")["score"].agg(list)
    table = cards.assign(label=cards["department"].map(reader.centre), earlier=[past.get(code, []) for code in cards["department"]])
    told, pairs = apart(made)
    said = _ends(cards, reader) if len(cards) else {"lowest": MISSING, "highest": MISSING}
    title = say("scorecard_ranks_title", reader.lang, count=len(cards), apart=told, pairs=pairs, **said)
    return charts.show_ranks(
        table, title=title, measure=_facts(reader, say("scorecard_score_measure", reader.lang), made), year=reader.year(made.fiscal_year),
        lang=reader.lang, source=reader.source, level=made.level,
    )  # fmt: skip


def _facts(reader: Reader, measure: str, made: Scorecards) -> str:
    return _list([reader.name, measure, reader.year(made.fiscal_year)], reader).replace("、", "，")


def show_scores(made: Scorecards, reader: Reader) -> Html:
    """The ranked departments with what each indicator measured and the points it got."""
    cards = ranked(made)
    rows = _with_indicators(made, cards, reader)
    columns = [_rank_columns(made, reader)[0], *_score_columns(made, reader)]
    return show_table(
        rows, columns, unit=reader.unit, lang=reader.lang, caption=say("scorecard_table_title", reader.lang), source=reader.source
    )


def show_unranked(made: Scorecards, reader: Reader) -> Html:
    """The departments without a rank, and why."""
    cards = made.cards[made.cards["why"] != ""]
    rows = _with_indicators(made, cards, reader).assign(why=[say(WHY[why], reader.lang) for why in cards["why"]])
    columns = [*_score_columns(made, reader)[:2], Column("adopted", say("scorecard_adopted", reader.lang))]
    columns.append(Column("why", say("scorecard_reason", reader.lang), "text"))
    return show_table(
        rows, columns, unit=reader.unit, lang=reader.lang, caption=say("scorecard_unranked_title", reader.lang), source=reader.source
    )


def _rank_columns(made: Scorecards, reader: Reader) -> list[Column]:
    group = say("scorecard_interval", reader.lang, level=say_level(made.level, reader.lang))
    ends = (("rank_lower", say("scorecard_from", reader.lang)), ("rank_upper", say("scorecard_to", reader.lang)))
    return [Column("rank", say("scorecard_rank", reader.lang), "count"), *(Column(name, head, "count", group=group) for name, head in ends)]


def _with_indicators(made: Scorecards, cards: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """The cards with their names, and of each indicator what it measured and its points."""
    rows = cards.assign(label=cards["department"].map(reader.centre)).reset_index(drop=True)
    year = of_year(made)
    for code in year["indicator"].unique():
        own = year[year["indicator"] == code].set_index("department").reindex(rows["department"])
        rows[f"{code} value"], rows[f"{code} points"] = own["value"].to_numpy(), own["attainment"].to_numpy()
    return rows


def _score_columns(made: Scorecards, reader: Reader) -> list[Column]:
    columns = [Column("label", say("department", reader.lang), "text")]
    columns.append(Column("score", say("scorecard_score", reader.lang), "count", digits=1))
    for code in of_year(made)["indicator"].unique():
        group = label_of(made, code, reader)
        kind = KINDS[made.indicators.at[code, "unit"]]
        columns.append(Column(f"{code} value", say("scorecard_value", reader.lang), kind, group=group))
        columns.append(Column(f"{code} points", say("scorecard_points", reader.lang), "count", group=group))
    return columns


def show_losses(made: Scorecards, reader: Reader, most: int = 12):
    """What costs the lowest departments their points, by indicator."""
    cards = ranked(made).tail(most).iloc[::-1]
    year = of_year(made)
    rows = [
        {"code": code, "label": reader.centre(code), "indicator": row.indicator, "points": row.points}
        for code in cards["department"]
        for row in year[year["department"] == code].itertuples()
    ]
    table = pd.DataFrame(rows, columns=["code", "label", "indicator", "points"])
    table = table.assign(measure=[label_of(made, code, reader) for code in table["indicator"]])
    mean = -table.fillna({"points": 0.0}).groupby("indicator")["points"].mean()
    worst = label_of(made, mean.idxmax(), reader) if len(mean) else MISSING
    title = say("scorecard_lost_title", reader.lang, label=worst, count=len(cards), points=_points(mean.max(), reader))
    facts = _facts(reader, say("scorecard_lost", reader.lang), made)
    return charts.show_points(table, title=title, measure=facts, lang=reader.lang, source=reader.source)


def show_reasons(made: Scorecards, reader: Reader, most: int = 5) -> Html:
    """The best and the lowest departments, each with what costs it its points."""
    cards = ranked(made)
    cards = cards if len(cards) <= 2 * most else pd.concat([cards.head(most), cards.tail(most)])
    said = [str(say_reason(made, code, reader)) for code in cards["department"]]
    rows = cards.assign(label=cards["department"].map(reader.centre), said=said)
    columns = [*_rank_columns(made, reader), Column("label", say("department", reader.lang), "text")]
    columns.append(Column("score", say("scorecard_score", reader.lang), "count", digits=1))
    columns.append(Column("said", say("scorecard_reason", reader.lang), "text"))
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=say("scorecard_reasons_title", reader.lang))


def show_whole(made: Scorecards, reader: Reader) -> Html:
    """The card of all departments together."""
    rows = made.whole.assign(
        label=[label_of(made, code, reader) for code in made.whole["indicator"]],
        said=[say_value(made, row.indicator, row.value, reader) for row in made.whole.itertuples()],
        lost=made.whole["points"],
    )
    columns = [
        Column("label", say("scorecard_indicator", reader.lang), "text"), Column("said", say("scorecard_value", reader.lang), "text"),
        Column("attainment", say("scorecard_points", reader.lang), "count", digits=1),
        Column("share", say("scorecard_weight", reader.lang), "rate"),
        Column("lost", say("scorecard_cost", reader.lang), "count", digits=1),
    ]  # fmt: skip
    title = say("scorecard_whole_title", reader.lang, name=reader.name, score=_points(whole_score(made), reader))
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=title, source=reader.source)


def whole_score(made: Scorecards) -> float:
    """The score of all departments together; missing where nothing was measured."""
    return float((made.whole["share"] * made.whole["attainment"]).sum(min_count=1)) if len(made.whole) else float("nan")


def track_table(made: Scorecards) -> pd.DataFrame:
    """Ranked departments with a score a year, the change against the own earlier mean, and the years below the median."""
    cards = ranked(made)
    wide = made.track.pivot(index="department", columns="fiscal_year", values="score").reindex(cards["department"])
    below = wide.lt(wide.median()).where(wide.notna())
    earlier = wide.drop(columns=made.fiscal_year).sum(axis=1, min_count=1) / wide.drop(columns=made.fiscal_year).notna().sum(axis=1)
    change = wide[made.fiscal_year] - earlier
    table = wide.rename(columns=str).assign(change=change, below=below.sum(axis=1), years=wide.notna().sum(axis=1))
    return cards[["department", "noise", "long_standing"]].merge(table.reset_index(), on="department")


def show_track(made: Scorecards, reader: Reader) -> Html:
    """The own track of every ranked department."""
    table = track_table(made)
    years = [column for column in table.columns if str(column).isdigit()]
    rows = table.assign(
        label=table["department"].map(reader.centre),
        low=[say("scorecard_of_years", reader.lang, count=int(row.below), years=row.years) for row in table.itertuples()],
        standing=[say(STANDING[half], reader.lang) if half in STANDING else "" for half in table["long_standing"]],
        moved=[say_number(gap, reader.lang, 0, sign=True) for gap in table["change"]],
    )
    columns = [Column("label", say("department", reader.lang), "text")]
    columns += [Column(year, year, "count") for year in years]
    columns += [
        Column("moved", say("scorecard_change", reader.lang), "text"), Column("noise", say("scorecard_noise", reader.lang), "count"),
        Column("low", say("scorecard_below", reader.lang), "text"), Column("standing", say("scorecard_over_years", reader.lang), "text"),
    ]  # fmt: skip
    caption = say("scorecard_track_title", reader.lang)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source)


def show_what_if(made: Scorecards, moved: pd.DataFrame, reader: Reader) -> Html:
    """Under other weights: who is first and last, who moves most, how many leave their interval."""
    rows = [_case_row(made, case, code, table, reader) for (case, code), table in moved.groupby(["case", "indicator"], sort=False)]
    heads = {
        "case": "scorecard_case", "best": "scorecard_best", "worst": "scorecard_worst", "rises": "scorecard_rises",
        "falls": "scorecard_falls", "outside": "scorecard_outside",
    }  # fmt: skip
    columns = [Column(name, say(key, reader.lang), "count" if name == "outside" else "text") for name, key in heads.items()]
    rows = pd.DataFrame(rows, columns=list(heads))
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=say("scorecard_what_if_title", reader.lang))


def _case_row(made: Scorecards, case: str, code: str, table: pd.DataFrame, reader: Reader) -> dict:
    said = {
        "equal": lambda: say("scorecard_equal", reader.lang), "own": lambda: say("scorecard_own", reader.lang),
        "without": lambda: say("scorecard_without", reader.lang, label=label_of(made, code, reader)),
    }  # fmt: skip
    ordered = table.dropna(subset="rank").sort_values("rank", kind="stable")
    most, least = ordered.sort_values("moved", kind="stable").iloc[[-1, 0]].itertuples() if len(ordered) else (None, None)
    ends = {name: reader.centre(ordered["department"].iloc[at]) if len(ordered) else "" for name, at in (("best", 0), ("worst", -1))}
    rises = _say_places(most, reader) if most is not None and most.moved > 0 else ""
    falls = _say_places(least, reader) if least is not None and least.moved < 0 else ""
    return ends | {"case": said[case](), "rises": rises, "falls": falls, "outside": int(table["outside"].sum())}


def _say_places(row, reader: Reader) -> str:
    places = say_number(row.moved, reader.lang, 0, sign=True)
    return say("scorecard_places", reader.lang, label=reader.centre(row.department), places=places)


def show_caveats(made: Scorecards, moved: pd.DataFrame, reader: Reader) -> Html:
    """What a score can't tell, and what it would do if it were paid for."""
    outside = moved.loc[moved["outside"], "department"].nunique()
    return show_text(
        say("scorecard_caveat_plans", reader.lang), say("scorecard_caveat_gaming", reader.lang),
        say("scorecard_caveat_headcount", reader.lang), say("scorecard_caveat_source", reader.lang, source=reader.source),
        say("scorecard_caveat_weights", reader.lang, outside=outside), say("scorecard_caveat_drift", reader.lang),
    )  # fmt: skip


def scorecards_table(made: Scorecards, reader: Reader) -> pd.DataFrame:
    """The cards as they are recorded, named and with their reasons in both languages; departments without a rank last."""
    english, chinese = reader.speaking("en"), reader.speaking("zh")
    table = made.cards.assign(
        label_en=made.cards["department"].map(english.centre), label_zh=made.cards["department"].map(chinese.centre),
        said_en=[str(say_reason(made, code, english)) for code in made.cards["department"]],
        said_zh=[str(say_reason(made, code, chinese)) for code in made.cards["department"]],
    )  # fmt: skip
    first = ["department", "label_en", "label_zh", "score", "rank", "rank_lower", "rank_upper", "said_en", "said_zh"]
    return table[first + [column for column in table if column not in first]]


def indicators_table(made: Scorecards) -> pd.DataFrame:
    """What every indicator measured in every department and in the whole, as it is recorded."""
    return pd.concat([of_year(made), made.whole], ignore_index=True)


def figures(made: Scorecards) -> pd.DataFrame:
    """The key figures for the page."""
    cards = ranked(made)
    told, pairs = apart(made)
    rows = [("scorecard_key_median", cards["score"].median(), "score", "up"), ("scorecard_key_whole", whole_score(made), "score", "up")]
    rows.append(("scorecard_key_told", told / pairs if pairs else np.nan, "rate", "neutral"))
    rows.append(("scorecard_key_low", _standing(made, "lower"), "count", "down"))
    return key_figures([row for row in rows if not is_missing(row[1])])
