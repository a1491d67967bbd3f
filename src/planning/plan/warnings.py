"""Early warnings: which departments will overspend or leave their band, what could cover it, and how often such warnings came true.

One rule raises today's warnings and those of every past report; a past one sees only what was known on its day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planning.core.checks import Check
from planning.core.metrics import rate, variance
from planning.core.periods import FiscalCalendar, month_end, months_after
from planning.model.bands import band, wilson
from planning.model.odds import odds_beyond
from planning.plan.control import Control, banded, misses, past_reports

KINDS = ("overspend", "projection", "off_band")
"""overspend: our landing is above what was adopted; projection: not ours but the people's own is; off_band: what is spent to date
has left the band that earlier years give for this point of the year. A department has one warning, the first that holds."""
MONTH_DAYS = 30.44
STAFF_DRIVEN = 0.5
"""Personnel drives an overspend when its own projected excess is at least this share of it."""


@dataclass(frozen=True)
class Rule:
    """When a warning is raised: by which landing, from which odds on, from which amount on, and the band's level."""

    method: str = "combined"
    level: float = 0.8
    odds_wanted: float = 0.7
    smallest: float = 500_000.0


def raise_warnings(calls: pd.DataFrame, period: pd.Timestamp, rule: Rule) -> pd.DataFrame:
    """The warnings of one report, the largest amounts first within a kind: department, kind, amount, lower, upper, odds.

    overspend, projection: amount is landing (projection) less adopted, `lower` and `upper` its band, `odds` those of ending above
    what was adopted; raised from `smallest` and `odds_wanted` on. off_band: amount is what is spent to date less what was to be
    expected; raised outside the band and from `smallest` on; `odds` are those of coming true (`came_true`), and missing where no
    landing was ever tried. Also fiscal_year, closed, period, day, adopted, to_date, final, final_known.
    """
    return select_raised(signs(calls, period, rule), rule.odds_wanted)


def signs(calls: pd.DataFrame, period: pd.Timestamp, rule: Rule) -> pd.DataFrame:
    """What one report would warn of at any odds, all kinds of a department: the columns of `raise_warnings`."""
    now = calls[calls["period"] == period]
    year, closed, day = now["fiscal_year"].iat[0], now["closed"].iat[0], now["day"].iat[0]
    missed = {method: misses(calls, method, closed, year, day) for method in (rule.method, "projection")}
    ours, theirs = (banded(now, method, missed[method], rule.level) for method in (rule.method, "projection"))
    far = 1 - odds_beyond(ours["amount"], ours["adopted"], ours["adopted"] - rule.smallest, missed[rule.method])
    found = [_over(ours, rule, "overspend"), _over(theirs, rule, "projection"), _off_band(now, ours["odds"], far, calls, rule)]
    table = pd.concat([part for part in found if len(part)]) if any(map(len, found)) else found[0]
    return table.reset_index(drop=True)


def select_raised(found: pd.DataFrame, odds_wanted: float) -> pd.DataFrame:
    """The signs that become warnings: overspends from these odds on, one a department and report, by kind and amount."""
    table = found[(found["kind"] == "off_band") | (found["odds"] >= odds_wanted)]
    ranked = table.assign(rank=table["kind"].map(KINDS.index), size=-table["amount"].abs().astype(float))
    ranked = ranked.sort_values(["period", "rank", "size"], kind="stable").drop_duplicates(["period", "department"], keep="first")
    return ranked.drop(columns=["rank", "size"]).reset_index(drop=True)


WARNED = ["department", "fiscal_year", "closed", "period", "day", "kind", "amount", "lower", "upper", "odds",
          "adopted", "to_date", "final", "final_known"]  # fmt: skip


def _over(table: pd.DataFrame, rule: Rule, kind: str) -> pd.DataFrame:
    over = variance(table["amount"], table["adopted"])
    raised = (over >= rule.smallest) & table["odds"].notna()
    gaps = {edge: variance(table[edge], table["adopted"]) for edge in ("lower", "upper")}
    return table.assign(kind=kind, amount=over, **gaps).loc[raised, WARNED]


def _off_band(now: pd.DataFrame, over: pd.Series, far_below: pd.Series, calls: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Departments whose spending to date has left its band, with the odds of ending above what was adopted, or far below it."""
    year, closed = now["fiscal_year"].iat[0], now["closed"].iat[0]
    earlier = calls[(calls["closed"] == closed) & (calls["fiscal_year"] < year) & (calls["adopted"] > 0)]
    past = earlier.assign(error=earlier["to_date"] - earlier["expected"], typical=earlier["adopted"]).dropna(subset=["error"])
    points = now.assign(amount=now["expected"], typical=now["adopted"])
    table = band(points, past, rule.level)
    gap = variance(table["to_date"], table["amount"])
    outside = ((table["to_date"] > table["upper"]) | (table["to_date"] < table["lower"])) & (gap.abs() >= rule.smallest)
    odds = over.where(gap > 0, far_below)
    edges = {"lower": variance(table["to_date"], table["upper"]), "upper": variance(table["to_date"], table["lower"])}
    return table.assign(kind="off_band", amount=gap, odds=odds, **edges).loc[outside, WARNED]


# ------------------------------------------------------------------------------------------------------- what became of them


def came_true(warned: pd.DataFrame, smallest: float) -> pd.Series:
    """Whether each warning's year ended as warned: above what was adopted; for spending below its band, under it by `smallest`.

    Missing where the year's actual isn't there.
    """
    gap = variance(warned["final"], warned["adopted"])
    below = (warned["kind"] == "off_band") & (warned["amount"] < 0)
    return (gap > 0).where(~below, gap <= -smallest).astype("boolean").where(gap.notna())


def past_signs(calls: pd.DataFrame, rule: Rule, day: pd.Timestamp) -> pd.DataFrame:
    """The `signs` of every earlier report whose year is known on a day.

    Reports without a band are left out: nobody could have raised anything by the odds there.
    """
    found = [table for table in (signs(calls, period, rule) for period in tried_reports(calls, rule, day)) if len(table)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=WARNED)


def tried_reports(calls: pd.DataFrame, rule: Rule, day: pd.Timestamp) -> list[pd.Timestamp]:
    """The earlier reports that the rule can be tried on: their year is known by then, and odds were known on their own day."""
    past = past_reports(calls, day)
    return [period for year, closed, period, then in past if len(misses(calls, rule.method, closed, year, then))]


def rule_record(calls: pd.DataFrame, rule: Rule, day: pd.Timestamp, closed: int, calendar: FiscalCalendar) -> pd.DataFrame:
    """How the rule did on the past, at this point of the year and at all.

    Columns: what (quarter, all), kind (over: the two that warn of an overspend; overspend, projection, off_band), raised, expected
    (to come true by their own odds), true, missed, precision, low, high (95 % Wilson), recall, notice (months), years.
    `missed`: departments that ended at least `smallest` above what was adopted without such a warning; `recall`: the share of such
    departments that were warned. `notice`: months from the report's day to the year's end, on average over the warnings that came true.
    Warnings of one year hang together, so the truth is less certain than the interval says.
    """
    return _record_of(past_signs(calls, rule, day), calls[calls["period"].isin(tried_reports(calls, rule, day))], rule, closed, calendar)


def _record_of(found: pd.DataFrame, tried: pd.DataFrame, rule: Rule, closed: int, calendar: FiscalCalendar) -> pd.DataFrame:
    warned = select_raised(found, rule.odds_wanted)
    warned = warned.assign(true=came_true(warned, rule.smallest))
    rows = []
    for what in ("quarter", "all"):
        part, ended = (table if what == "all" else table[table["closed"] == closed] for table in (warned, tried))
        over, same = part[part["kind"] != "off_band"], {"what": what, "years": ended["fiscal_year"].nunique()}
        missed, hit = _missed(ended, over, rule), int((variance(over["final"], over["adopted"]) >= rule.smallest).sum())
        rows.append(same | {"kind": "over"} | _record(over, calendar) | {"missed": missed, "recall": rate(hit, hit + missed)})
        rows += [same | {"kind": kind} | _record(part[part["kind"] == kind], calendar) for kind in KINDS]
    table = pd.DataFrame(rows)
    return table[["what", "kind", "raised", "expected", "true", "missed", "precision", "low", "high", "recall", "notice", "years"]]


def _record(part: pd.DataFrame, calendar: FiscalCalendar) -> dict:
    judged = part[part["true"].notna()]
    true = judged[judged["true"].astype(bool)]
    low, high = wilson(len(true), len(judged))
    ends = pd.Series([month_end(calendar.last(int(year))) for year in true["fiscal_year"]], index=true.index, dtype="datetime64[ns]")
    notice = float((ends - true["day"]).dt.days.mean() / MONTH_DAYS) if len(true) else np.nan
    return {
        "raised": len(judged), "expected": float(judged["odds"].sum()), "true": len(true), "missed": np.nan, "recall": np.nan,
        "precision": rate(len(true), len(judged)), "low": low, "high": high, "notice": notice,
    }  # fmt: skip


def _missed(ended: pd.DataFrame, over: pd.DataFrame, rule: Rule) -> int:
    """Departments that overspent by `smallest` or more and had not been warned of it."""
    spent_over = ended[variance(ended["final"], ended["adopted"]) >= rule.smallest]
    keys = set(zip(over["period"], over["department"], strict=True))
    return sum((row.period, row.department) not in keys for row in spent_over.itertuples())


def thresholds(control: Control, rule: Rule, odds: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9)) -> pd.DataFrame:
    """The rule at other odds, now and at all earlier reports.

    Columns: odds, now (warnings of an overspend today), money (their amounts), raised, true, missed, precision, recall.
    """
    calls, reports, rows = control.calls, control.reports, []
    here, past = signs(calls, reports.as_of, rule), past_signs(calls, rule, reports.when)
    tried = calls[calls["period"].isin(tried_reports(calls, rule, reports.when))]
    for wanted in odds:
        now = select_raised(here, wanted)
        now = now[now["kind"] != "off_band"]
        record = _record_of(past, tried, replace(rule, odds_wanted=wanted), control.closed, reports.calendar)
        whole = record[(record["what"] == "all") & (record["kind"] == "over")].iloc[0]
        counts = whole[["raised", "true", "missed", "precision", "recall"]].to_dict()
        rows.append({"odds": wanted, "now": len(now), "money": float(now["amount"].sum())} | counts)
    return pd.DataFrame(rows)


def became(control: Control, rule: Rule, today: pd.DataFrame) -> pd.DataFrame:
    """What became of the warnings of the report before this one, and of those of the same report a year ago.

    `raise_warnings` and `outcome` by what is known on the day of this report (came_true, not_true, open), `still` (whether this
    report warns of the department again, in the same direction; missing for another year), `ended` (final − adopted as known
    then), and the columns of `looked_back`. `today`: `positions` as known now.
    """
    calls, reports = control.calls, control.reports
    periods = [period for period in _earlier(calls, reports.as_of) if (calls["period"] == period).any()]
    raised = [raise_warnings(calls, period, rule) for period in periods]
    table = pd.concat(raised, ignore_index=True) if raised else pd.DataFrame(columns=WARNED)
    true = came_true(table, rule.smallest)
    outcome = np.select([true.isna(), true.fillna(False).astype(bool)], ["open", "came_true"], "not_true")
    again = set(_directions(raise_warnings(calls, reports.as_of, rule)))
    still = pd.Series([warning in again for warning in _directions(table)], index=table.index, dtype="boolean")
    still = still.where(table["fiscal_year"] == reports.fiscal_year)
    table = table.assign(outcome=outcome, still=still, ended=variance(table["final"], table["adopted"]))
    return looked_back(table, today, rule)


def _directions(warned: pd.DataFrame) -> list[tuple[str, bool]]:
    """Each warning's department, and whether it warns of too little spent."""
    return [(row.department, row.kind == "off_band" and row.amount < 0) for row in warned.itertuples()]


def looked_back(warned: pd.DataFrame, today: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Warnings with `since` (final − adopted) and `since_true` (whether they came true) as known `today`; goes into nothing else."""
    finals = today.drop_duplicates(["department", "fiscal_year"]).set_index(["department", "fiscal_year"])["final"]
    later = finals.reindex(pd.MultiIndex.from_frame(warned[["department", "fiscal_year"]])).to_numpy(dtype=float)
    true = came_true(warned.assign(final=later), rule.smallest)
    return warned.assign(since=later - warned["adopted"].astype(float), since_true=true)


def _earlier(calls: pd.DataFrame, as_of: pd.Timestamp) -> list[pd.Timestamp]:
    """The report before this one, and the one of the same month a year ago; as periods, newest first."""
    before = calls.loc[calls["period"] < as_of, "period"]
    newest = [before.max()] if len(before) else []
    return [*newest, *({months_after(as_of, -12)} - set(newest))]


def by_chance(warned: pd.DataFrame, lines: pd.DataFrame, level: float) -> tuple[float, float]:
    """(warnings of an overspend that will not come true by their own odds, departments that leave a band of this level by chance)."""
    over = warned[warned["kind"] != "off_band"]
    return float((1 - over["odds"]).sum()), (1 - level) * int((lines["to_date"].notna() & (lines["adopted"] > 0)).sum())


# -------------------------------------------------------------------------------------------------------------- actions


def build_actions(warned: pd.DataFrame, control: Control, classes: pd.DataFrame, smallest: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The warnings with staff, staff_over, transfer, supplement; and the transfers: department, donor, amount.

    An overspend is covered from departments that will not need their money: not warned of spending too much themselves, and adopted
    above both the upper edge of their own landing's band and their own projection, by `smallest` or more. The largest need is served
    first, from the largest room; the same money is promised once. What no room is left for asks for a supplementary appropriation. `staff`:
    personnel drives it, by the people's own projection of that class (`staff_over` above adopted). Spending off its band moves
    no money.
    """
    room = _room(warned, control, smallest)
    needs = warned.loc[warned["kind"] != "off_band"].sort_values("amount", ascending=False)
    moves = []
    for row in needs.itertuples():
        moves += _cover(row.department, row.amount, room)
    transfers = pd.DataFrame(moves, columns=["department", "donor", "amount"]).astype({"amount": float})
    covered = transfers.groupby("department")["amount"].sum()
    over = warned["amount"].where(warned["kind"] != "off_band", 0.0)
    moved = warned["department"].map(covered).fillna(0.0).where(warned["kind"] != "off_band", 0.0)
    staff_over = warned["department"].map(staff_excess(control, classes))
    driven = (over > 0) & (staff_over >= STAFF_DRIVEN * over)
    return warned.assign(staff=driven, staff_over=staff_over, transfer=moved, supplement=(over - moved).clip(lower=0).round(2)), transfers


def _room(warned: pd.DataFrame, control: Control, smallest: float) -> dict[str, float]:
    """What each department that isn't warned of spending too much can spare at the band's level and by its own projection."""
    too_much = warned.loc[(warned["kind"] != "off_band") | (warned["amount"] > 0), "department"]
    lines = control.lines[~control.lines["department"].isin(too_much)]
    needed = lines["upper"].where(lines["upper"].isna(), lines[["upper", "projection"]].max(axis=1))
    spare = (lines["adopted"] - needed).set_axis(lines["department"]).dropna()
    return spare[spare >= max(smallest, 0.01)].round(2).to_dict()


def _cover(department: str, need: float, room: dict[str, float]) -> list[tuple[str, str, float]]:
    """Transfers that cover a need from the largest room down; `room` is drawn on."""
    moves = []
    for donor in sorted(room, key=lambda name: -room[name]):
        moved = round(min(need, room[donor]), 2)
        if moved <= 0:
            break
        moves.append((department, donor, moved))
        need, room[donor] = need - moved, room[donor] - moved
    return moves


def staff_excess(control: Control, classes: pd.DataFrame) -> pd.Series:
    """By department, the people's projection of the personnel class less what was adopted for it; missing where it isn't told."""
    staff = classes[classes["account"] == control.reports.staff_class].set_index("department")
    return variance(staff["projection"], staff["adopted"]).astype(float)


def check_transfers(transfers: pd.DataFrame, control: Control) -> Check:
    """That no donor gives more than it has above the upper edge of its landing's band."""
    given = transfers.groupby("donor")["amount"].sum()
    lines = control.lines.set_index("department")
    left = (lines["adopted"] - lines["upper"]).reindex(given.index) - given
    return Check("control: the same money is promised once", bool((left >= -0.01).all()), f"{int((left >= -0.01).sum())} / {len(given)}")
