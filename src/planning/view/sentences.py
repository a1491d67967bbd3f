"""The sentences of the reports: what the figures say, true for ties, negatives and missing figures, in English and Chinese.

Each `say_` returns one sentence with its full stop; a chart's title drops the stop. `subject` and other labels are handed in,
in the reader's language; English needs `plural` for a subject such as "Receipts".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from planning.core.metrics import variance, variance_rate
from planning.view.amounts import (
    Unit,
    is_missing,
    rounded,
    say_amount,
    say_figure,
    say_level,
    say_number,
    say_period,
    say_rate,
)  # fmt: skip
from planning.view.markup import Sentence, show_text
from planning.view.words import phrase

__all__ = [
    "Sentence", "Unit", "say_amount", "say_bridge", "say_cases", "say_checks", "say_comparison", "say_coverage", "say_figure",
    "say_findings", "say_gap", "say_landing", "say_landing_band", "say_landing_margin", "say_number", "say_period", "say_rate",
    "say_to_date", "say_trial", "show_text",
]  # fmt: skip


# ------------------------------------------------------------------------------------------------ landing, comparison


def say_landing(
    subject: str,
    amount: float,
    base: float | None,
    base_label: str,
    unit: Unit,
    lang: str,
    *,
    plural: bool = False,
    closed: bool = False,
) -> Sentence:
    """Where the year lands against a base: "Spending lands at $4,934.0 m, $64.0 m (1.3 %) above the adopted budget."

    `closed` says that the year is over, so that the amount is an actual.
    """
    if is_missing(amount):
        return _sentence(phrase("no_landing", lang, subject=subject), lang)
    verb = phrase("closed_at" if closed else "land_at" if plural else "lands_at", lang)
    said = phrase("lands", lang, subject=subject, verb=verb, amount=say_amount(amount, unit, lang))
    return _sentence(said + say_comparison(amount, base, base_label, unit, lang), lang)


def say_to_date(subject: str, amount: float, base: float | None, base_label: str, unit: Unit, lang: str) -> Sentence:
    """The closed months together against a base: "Revenue to date: $3,300.0 m, $99.0 m (3.1 %) above last year."."""
    if is_missing(amount):
        return _sentence(phrase("no_landing", lang, subject=subject), lang)
    said = phrase("to_date", lang, subject=subject, amount=say_amount(amount, unit, lang))
    return _sentence(said + say_comparison(amount, base, base_label, unit, lang), lang)


def say_comparison(amount: float, base: float | None, base_label: str, unit: Unit, lang: str) -> str:
    """The rest of a sentence: how far above or below a base, in money and as a rate where the base is not 0."""
    if is_missing(base):
        return phrase("no_base", lang, base=base_label)
    gap = variance(amount, base)
    if gap == 0:
        return phrase("equal", lang, base=base_label)
    if not _visible(gap, unit, lang):
        return phrase("level", lang, base=base_label, least=say_amount(unit.spoken(lang).step, unit, lang))
    return phrase("above" if gap > 0 else "below", lang, base=base_label, gap=_say_gap(abs(gap), base, unit, lang))


def _say_gap(gap: float, base: float, unit: Unit, lang: str) -> str:
    said, rate = say_amount(gap, unit, lang), variance_rate(base + gap, base)
    if is_missing(rate):
        return said
    shown = say_rate(rate, lang) if rounded(rate * 100, 1) else phrase("small_rate", lang)
    return phrase("gap_rate", lang, gap=said, rate=shown)


def _visible(amount: float, unit: Unit, lang: str) -> bool:
    """Whether an amount is more than 0 as it is shown."""
    unit = unit.spoken(lang)
    return bool(rounded(amount / unit.size, unit.digits))


# ------------------------------------------------------------------------------------------------------- how sure it is


def say_landing_band(
    lower: float, upper: float, level: float, unit: Unit, lang: str, *, inside: int | None = None, years: int | None = None
) -> Sentence:
    """The band of a landing, and in how many past years such a band held what came."""
    if is_missing(lower) or is_missing(upper):
        return _sentence(phrase("no_band", lang), lang)
    said = phrase("band", lang, level=say_level(level, lang), lower=say_amount(lower, unit, lang), upper=say_amount(upper, unit, lang))
    return _sentence(said + _say_hits(inside, years, lang), lang)


def _say_hits(inside: int | None, years: int | None, lang: str) -> str:
    if not years or inside is None:
        return phrase("hits_unknown", lang)
    if years == 1:
        return phrase("one_hit", lang, fell=phrase("fell_in" if inside else "fell_out", lang))
    return phrase("hits", lang, inside=_count_within(inside, years), years=years)


def say_landing_margin(margin: float, inside: int | None, years: int | None, unit: Unit, lang: str) -> Sentence:
    """How far such landings missed: "Such a landing fell within ±$64.0 m of the outcome in 8 of 10 past years."."""
    if is_missing(margin) or not years or inside is None:
        return _sentence(phrase("margin_unknown", lang), lang)
    said = phrase("margin", lang, margin=say_amount(abs(margin), unit, lang))
    return _sentence(said + phrase("margin_hits", lang, inside=_count_within(inside, years), years=years), lang)


def say_coverage(inside: int, months: int, level: float, lang: str) -> Sentence:
    """How many months fell inside a band: "33 of 42 months (78.6 %) fell inside the 80 % band."."""
    shown = say_level(level, lang)
    if not months:
        return _sentence(phrase("coverage_unknown", lang, level=shown), lang)
    if months == 1:
        where = phrase("inside" if _count_within(inside, months) else "outside", lang)
        return _sentence(phrase("coverage_one", lang, where=where, level=shown), lang)
    share = say_rate(_count_within(inside, months) / months, lang)
    return _sentence(phrase("coverage", lang, inside=inside, months=months, share=share, level=shown), lang)


def _count_within(part: int, whole: int) -> int:
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} can't be")
    return part


def say_trial(errors: Mapping[str, float], labels: Mapping[str, str], measure: str, lang: str, *, years: int | None = None) -> Sentence:
    """Who missed by how much, in the order given, and who missed least as far as the shown figures tell.

    `errors`: forecaster → error, a fraction; `labels`: forecaster → who it is ("the forecast", "the people alone").
    """
    known = {key: error for key, error in errors.items() if not is_missing(error)}
    parts = [_say_miss(labels[key], error, measure, lang, first=not at) for at, (key, error) in enumerate(known.items())]
    silent = [phrase("no_record", lang, who=labels[key]) for key in errors if key not in known]
    said = "; ".join([*parts, *silent]) if lang == "en" else "；".join([*parts, *silent])
    return (
        _sentence((_say_years(years, lang) if parts else "") + said, lang)
        if len(known) < 2
        else _with_best(said, known, labels, lang, years)
    )


def _say_miss(who: str, error: float, measure: str, lang: str, first: bool) -> str:
    key = "missed" if first else "missed_too"
    return phrase(key, lang, who=who, measure=measure, error=say_rate(error, lang))


def _say_years(years: int | None, lang: str) -> str:
    if not years:
        return ""
    return phrase("over_one_year", lang) if years == 1 else phrase("over_years", lang, years=years)


def _with_best(said: str, errors: Mapping[str, float], labels: Mapping[str, str], lang: str, years: int | None) -> Sentence:
    shown = {key: rounded(error * 100, 1) for key, error in errors.items()}
    best = [labels[key] for key, error in shown.items() if error == min(shown.values())]
    verdict = phrase("best" if len(best) == 1 else "best_shared", lang, who=say_list(best, lang))
    first = _sentence(_say_years(years, lang) + said, lang)
    return Sentence(first + (" " if lang == "en" else "") + _sentence(verdict, lang))


# -------------------------------------------------------------------------------------------- bridge, cases, two sides


def say_bridge(subject: str, steps: pd.DataFrame, unit: Unit, lang: str, *, plural: bool = False, most: int = 2) -> Sentence:
    """The change from start to end and its largest steps. `steps`: step, amount, kind (start, step, end).

    A step marked in the optional column `pooled` holds several small ones and is never named.
    """
    start, end = (_only(steps, kind) for kind in ("start", "end"))
    if is_missing(start) or is_missing(end):
        return _sentence(phrase("no_bridge", lang, subject=subject), lang)
    said = _say_change(subject, start, end, unit, lang, "_many" if plural else "")
    single = ~steps["pooled"].astype(bool) if "pooled" in steps else pd.Series(True, index=steps.index)
    named = _largest(steps[(steps["kind"] == "step") & single], most, unit, lang)
    if named:
        said += phrase("one_step" if len(named) == 1 else "steps", lang, steps=say_list(named, lang))
    return _sentence(said, lang)


def _only(steps: pd.DataFrame, kind: str) -> float | None:
    found = steps.loc[steps["kind"] == kind, "amount"]
    return found.iloc[0] if len(found) else None


def _say_change(subject: str, start: float, end: float, unit: Unit, lang: str, number: str) -> str:
    change = variance(end, start)
    told = {"start": say_amount(start, unit, lang), "end": say_amount(end, unit, lang), "subject": subject}
    if change == 0:
        return phrase("unchanged", lang, verb=phrase(f"stays{number}", lang), **told)
    if not _visible(change, unit, lang):
        return phrase("hardly", lang, verb=phrase(f"change{number}", lang), **told)
    verb = phrase(f"rise{number}" if change > 0 else f"fall{number}", lang)
    return phrase("rises", lang, verb=verb, gap=_say_gap(abs(change), start, unit, lang), **told)


def _largest(steps: pd.DataFrame, most: int, unit: Unit, lang: str) -> list[str]:
    """The steps that move most, as far as they can be seen."""
    known = steps[steps["amount"].map(lambda amount: not is_missing(amount) and _visible(amount, unit, lang)).astype(bool)]
    order = known["amount"].abs().sort_values(ascending=False, kind="stable").index[:most]
    rows = known.loc[order]
    return [
        phrase("step", lang, label=label, amount=say_amount(amount, unit, lang, sign=True))
        for label, amount in zip(rows["step"], rows["amount"], strict=True)
    ]


def say_cases(
    subject: str,
    amounts: Mapping[str, float],
    labels: Mapping[str, str],
    unit: Unit,
    lang: str,
    *,
    plural: bool = False,
    base: str = "base",
) -> Sentence:
    """The lowest and the highest case, and the base. `amounts` and `labels` by case."""
    known = {case: amount for case, amount in amounts.items() if not is_missing(amount)}
    if not known:
        return _sentence(phrase("no_landing", lang, subject=subject), lang)
    low, high = min(known, key=known.get), max(known, key=known.get)
    said = {case: say_amount(amount, unit, lang) for case, amount in known.items()}
    if said[low] == said[high]:
        return _sentence(phrase("cases_same", lang, subject=subject, verb=phrase("are" if plural else "is", lang), amount=said[low]), lang)
    verb = phrase("ranges_many" if plural else "ranges", lang)
    text = phrase("cases", lang, subject=subject, verb=verb, low=said[low], high=said[high], low_case=labels[low], high_case=labels[high])
    if base in known and base not in (low, high):
        text += phrase("case_base", lang, case=labels[base], amount=said[base])
    return _sentence(text, lang)


def say_gap(table: pd.DataFrame, unit: Unit, lang: str) -> Sentence:
    """Bottom-up against top-down in total, and the largest gap of a line. `table`: label, top_down, bottom_up (no totals)."""
    table = table[~table["is_total"].fillna(False).astype(bool)] if "is_total" in table else table
    if table.empty or table[["top_down", "bottom_up"]].isna().any(axis=None):
        return _sentence(phrase("no_gap", lang), lang)
    top_down, bottom_up = float(table["top_down"].sum()), float(table["bottom_up"].sum())
    frame = phrase("top_down", lang, amount=say_amount(top_down, unit, lang))
    said = phrase("bottom_up", lang, amount=say_amount(bottom_up, unit, lang))
    said += say_comparison(bottom_up, top_down, frame, unit, lang)
    gaps = table["bottom_up"] - table["top_down"]
    widest = gaps.abs().idxmax()
    if len(table) > 1 and _visible(gaps[widest], unit, lang):
        amount = say_amount(gaps[widest], unit, lang, sign=True)
        said += phrase("largest_gap", lang, label=table.at[widest, "label"], gap=amount)
    return _sentence(said, lang)


# ---------------------------------------------------------------------------------------------------- checks, findings


def say_checks(checks: pd.DataFrame, lang: str, labels: Mapping[str, str] | None = None) -> Sentence:
    """How many checks passed, and the names of those that did not. `checks`: name, passed, said (core.checks.checks_table)."""
    count, passed = len(checks), int(checks["passed"].sum()) if len(checks) else 0
    if not count:
        return _sentence(phrase("no_checks", lang), lang)
    if passed == count:
        return _sentence(phrase("one_passed", lang) if count == 1 else phrase("all_passed", lang, count=count), lang)
    failed = checks.loc[~checks["passed"].astype(bool), "name"]
    names = [str((labels or {}).get(name, name)) for name in failed]
    return _sentence(phrase("some_failed", lang, passed=passed, count=count, names=phrase("list", lang).join(names)), lang)


def say_findings(findings: pd.DataFrame, lang: str) -> Sentence:
    """How many findings there are, by what became of them. `findings`: core.checks.FINDING_COLUMNS."""
    if findings.empty:
        return _sentence(phrase("no_findings", lang), lang)
    counts = findings["status"].value_counts()
    parts = [phrase(f"findings_{status}", lang, count=counts[status]) for status in ("open", "accepted", "within") if counts.get(status, 0)]
    said = phrase("list", lang).join(parts) if lang == "en" else "，".join(parts)
    key = "one_finding" if len(findings) == 1 else "findings"
    return _sentence(phrase(key, lang, count=len(findings), parts=said), lang)


# -------------------------------------------------------------------------------------------------------------- common


def say_list(parts: Sequence[str], lang: str) -> str:
    """ "a", "a and b", "a, b and c"."""
    *before, last = parts
    return phrase("list", lang).join(before) + phrase("and", lang) + last if before else last


def _sentence(text: str, lang: str) -> Sentence:
    """With a capital at the beginning (English) and a full stop at the end."""
    text = text.strip()
    return Sentence(text + "。" if lang == "zh" else text[:1].upper() + text[1:] + ".")
