"""The data-quality report as people read it: sentences, charts and tables made from plan.quality's results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from planning.core.checks import open_findings
from planning.plan.quality import Quality, amount_open
from planning.view import charts
from planning.view.amounts import is_missing, say_amount, say_number, say_period
from planning.view.markup import Html, Sentence, show_text
from planning.view.quality_words import COLUMNS, TABLES
from planning.view.reader import Reader, key_figures
from planning.view.report_words import say
from planning.view.tables import Column, show_table
from planning.view.words import WORDS, word

MOST = 12
"""Bars of a chart; what is smaller is counted in the last one."""
FLAWS = ("duplicate", "orphan")
ENDS = {"first": "min", "last": "max"}
STYLES = {"open": "actual", "accepted": "prior", "within": "prior"}


STATES = {"actual": "quality_actual", "plan": "quality_plan", "few": "quality_few", "gap": "quality_gap"}
"""What a month of a source is called, by what it holds."""
HOLDS = {"figures": "quality_figures", "events": "quality_events"}
"""What a source holds."""


@dataclass(frozen=True)
class Names:
    """What sources and rules, by their codes, and the owners in Chinese, are called; and the reasons of decisions in Chinese."""

    named: Mapping[str, Sequence[str]]
    owners_zh: Mapping[str, str]
    reasons_zh: Mapping[str, str]

    def of(self, code: str, reader: Reader) -> str:
        """A source, rule, event table or account in the reader's language; the code itself where nobody has named it."""
        at = 0 if reader.lang == "en" else 1
        if code in self.named:
            return self.named[code][at]
        return TABLES[code][at] if code in TABLES else reader.account(code) if code in reader.tree else code

    def owner(self, owner: str, reader: Reader) -> str:
        """Who answers for a finding."""
        return self.labels(pd.DataFrame({"control": []}), reader).get(owner, owner)

    def labels(self, findings: pd.DataFrame, reader: Reader) -> dict[str, str]:
        """Controls, owners and reasons in the reader's language, by their codes and English texts."""
        said = {} if reader.lang == "en" else dict(self.owners_zh)
        return said | reader.findings(findings, dict(self.reasons_zh)) | {code: self.of(code, reader) for code in findings["control"]}


# ------------------------------------------------------------------------------------------------------- what we know


def say_known(quality: Quality, reader: Reader, snapshot: str) -> Sentence:
    """What the snapshot holds, and the newest day on which its figures were known."""
    day = quality.sources["known"].max()
    said = {"name": reader.name, "snapshot": snapshot, "sources": _say_sources(quality, reader)}
    said |= {"rows": _count(quality.sources["rows"].sum(), reader)}
    if pd.isna(day):
        return Sentence(say("quality_known_events", reader.lang, **said))
    return Sentence(say("quality_known", reader.lang, **said, day=f"{day:%Y-%m-%d}"))


def _say_sources(quality: Quality, reader: Reader) -> str:
    count = len(quality.sources)
    return say("quality_one_source" if count == 1 else "quality_sources", reader.lang, count=count)


def _count(number: float, reader: Reader) -> str:
    return say_number(number, reader.lang)


def show_coverage(quality: Quality, reader: Reader, names: Names):
    """Which months each source has rows for, gaps visible."""
    table = quality.coverage
    if table.empty:
        return Sentence(say("quality_timeless", reader.lang))
    ends = {end: say_period(period, reader.lang) for end, period in (("first", table["period"].min()), ("last", table["period"].max()))}
    labels = {code: names.of(code, reader) for code in quality.sources["source"]}
    counts = {row.source: _count(row.rows, reader) for row in quality.sources.itertuples()}
    said = {"sources": _say_sources(quality, reader), "gaps": _say_gaps(table, names, reader)}
    title = say("quality_coverage_title", reader.lang, **said, **ends)
    return charts.show_coverage(
        table, title=title, measure=_facts(reader, say("quality_coverage_measure", reader.lang)), lang=reader.lang, source=reader.source,
        labels=labels, counts=counts, names={state: say(word, reader.lang) for state, word in STATES.items()},
        notes=[say("quality_spread", reader.lang)],
    )  # fmt: skip


def _say_gaps(table: pd.DataFrame, names: Names, reader: Reader) -> str:
    gaps = table.loc[table["state"] == "gap", "source"].value_counts()
    if gaps.empty:
        return say("quality_no_gap", reader.lang)
    key = "quality_one_gap" if gaps.sum() == 1 else "quality_gaps_alone" if len(gaps) == 1 else "quality_gaps"
    return say(key, reader.lang, months=int(gaps.sum()), worst=int(gaps.iloc[0]), label=names.of(gaps.index[0], reader))


def _facts(reader: Reader, measure: str) -> str:
    return f"{reader.name}{word('join', reader.lang)}{measure}"


def show_sources(quality: Quality, reader: Reader, names: Names) -> Html:
    """Lines read, left out and stored, first and last month, and when the newest figures were known."""
    rows = quality.sources.assign(
        label=[names.of(code, reader) for code in quality.sources["source"]],
        holds=[say(HOLDS[kind], reader.lang) for kind in quality.sources["kind"]],
        when=["" if pd.isna(day) else f"{day:%Y-%m-%d}" for day in quality.sources["known"]],
    )
    heads = {"label": ("quality_source", "text"), "holds": ("quality_kind", "text"), "read": ("quality_read", "count")}
    heads |= {"left_out": ("quality_left_out", "count"), "rows": ("quality_stored", "count"), "first": ("quality_first", "period")}
    heads |= {"last": ("quality_last", "period"), "when": ("quality_when", "text")}
    return _table(rows, heads, reader, say("quality_sources_title", reader.lang), [say("quality_sources_note", reader.lang)])


def _table(rows: pd.DataFrame, heads: Mapping[str, tuple[str, str]], reader: Reader, caption: str, notes: Sequence[str] = ()) -> Html:
    columns = [Column(name, say(key, reader.lang), kind) for name, (key, kind) in heads.items()]
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes)


def say_method(reader: Reader) -> Sentence:
    """How the quality of a snapshot is measured."""
    return Sentence(say("quality_method", reader.lang))


# ------------------------------------------------------------------------------------------------------- the answer


def say_headline(quality: Quality, names: Names, reader: Reader) -> Sentence:
    """What was read, what is open, and whether the totals tie."""
    totals, beyond = int(quality.totals["totals"].sum()), int(quality.totals["beyond"].sum())
    key = "quality_ties_not" if beyond else "quality_ties" if totals else "quality_no_totals"
    said = {"name": reader.name, "rows": _count(quality.sources["rows"].sum(), reader), "sources": _say_sources(quality, reader)}
    ties = say(key, reader.lang, totals=_count(totals, reader), beyond=_count(beyond, reader))
    return Sentence(say("quality_headline", reader.lang, open=_say_open(quality, names, reader), ties=ties, **said))


def _say_open(quality: Quality, names: Names, reader: Reader) -> str:
    waiting = open_findings(quality.findings)
    counts = quality.findings["status"].value_counts()
    if waiting.empty:
        return say("quality_none_open", reader.lang, **{status: int(counts.get(status, 0)) for status in ("accepted", "within")})
    amount = amount_open(quality)
    key = "quality_open" if amount else "quality_open_counts"
    first = names.of(quality.at_stake["control"].iloc[0], reader)
    return say(key, reader.lang, count=_count(len(waiting), reader), amount=say_amount(amount, reader.unit, reader.lang), label=first)


def show_at_stake(quality: Quality, names: Names, reader: Reader):
    """What waits for a decision, by control, kind and owner, largest first; what is settled lighter."""
    groups = quality.at_stake
    if groups.empty:
        return Sentence(say("quality_no_findings", reader.lang))
    rows = pd.DataFrame([_stake(row, names, reader) for row in groups.head(MOST).itertuples()])
    if len(groups) > MOST:
        rest = groups.iloc[MOST:]
        style = "actual" if rest["status"].eq("open").any() else "prior"
        more = {"label": say("quality_more", reader.lang, count=len(rest)), "style": style, "amount": rest["amount"].sum(min_count=1)}
        rows.loc[len(rows)] = more | {"findings": rest["findings"].sum(), "rows": rest["rows"].sum()}
    panels = [
        charts.Tally("amount", say("quality_at_stake", reader.lang), "amount"),
        charts.Tally("findings", say("quality_findings", reader.lang)), charts.Tally("rows", say("quality_rows", reader.lang)),
    ]  # fmt: skip
    legend = [("actual", say("quality_waiting", reader.lang)), ("prior", say("quality_settled", reader.lang))]
    return charts.show_tallies(
        rows, panels, title=_stakes_title(quality, names, reader), measure=_in_unit("quality_stakes_measure", reader), unit=reader.unit,
        lang=reader.lang, source=reader.source, legend=legend, notes=[say("quality_own_scales", reader.lang)],
    )  # fmt: skip


def _in_unit(key: str, reader: Reader) -> str:
    return _facts(reader, say(key, reader.lang, unit=reader.unit.heading(reader.lang)))


def _stake(row, names: Names, reader: Reader) -> dict:
    kind = word(f"kind_{row.kind}", reader.lang) if f"kind_{row.kind}" in WORDS else row.kind
    said = {"control": names.of(row.control, reader), "kind": kind, "owner": names.owner(row.owner, reader)}
    label = say("quality_stake" if row.owner else "quality_stake_alone", reader.lang, **said)
    return {"label": label, "style": STYLES[row.status], "amount": row.amount, "findings": row.findings, "rows": row.rows}


def _stakes_title(quality: Quality, names: Names, reader: Reader) -> str:
    count = len(open_findings(quality.findings))
    if not count:
        return say("quality_stakes_settled", reader.lang, count=_count(len(quality.findings), reader))
    amount, first = amount_open(quality), names.of(quality.at_stake["control"].iloc[0], reader)
    key = "quality_stakes_amount_title" if amount else "quality_stakes_title"
    return say(key, reader.lang, count=_count(count, reader), amount=say_amount(amount, reader.unit, reader.lang), label=first)


def show_totals(quality: Quality, reader: Reader):
    """Control totals against their lines, by account."""
    table = quality.totals
    if table.empty:
        return Sentence(say("quality_no_totals", reader.lang))
    money = [reader.tree.accounts.at[code, "unit"] == reader.unit.currency for code in table["account"]]
    rows = table.assign(
        label=[reader.account(code) for code in table["account"]],
        most=table["most"].where(money), tolerance=table["tolerance"].where(money),
        style=["actual" if beyond else "prior" for beyond in table["beyond"]],
    ).head(2 * MOST)  # fmt: skip
    heads = ("totals", "missing", "beyond")
    panels = [charts.Tally(name, say(f"quality_totals_{name}", reader.lang)) for name in heads]
    panels += [charts.Tally("most", say("quality_totals_most", reader.lang), "amount")]
    panels += [charts.Tally("tolerance", say("quality_tolerance", reader.lang), "amount")]
    counts = {name: _count(table[name].sum(), reader) for name in heads}
    return charts.show_tallies(
        rows, panels, title=say("quality_totals_title", reader.lang, **counts), measure=_in_unit("quality_totals_measure", reader),
        unit=reader.unit, lang=reader.lang, source=reader.source, notes=[say("quality_own_scales", reader.lang)],
    )  # fmt: skip


def show_reconciled(quality: Quality, names: Names, reader: Reader):
    """One source against another by month, with the tolerance; a panel a rule, the furthest apart first."""
    table = quality.reconciled
    if table.empty:
        return Sentence(say("quality_no_rules", reader.lang))
    sums = table.assign(apart=table["over"] - table["under"]).groupby("rule")[["left", "right", "apart"]].sum()
    sums = sums.sort_values("apart", ascending=False, kind="stable").head(MOST)
    labels = {row.Index: _panel(row, names, reader) for row in sums.itertuples()}
    drawn = table.rename(columns={"rule": "code", "left": "amount", "right": "other", "tolerance": "band"})
    keys = {"amount": "quality_left", "other": "quality_right", "open": "quality_apart_open", "settled": "quality_apart_settled"}
    apart = table[(table["over"] - table["under"]) > 0]
    unused = {"open"} if not apart["open"].any() else {"settled"} if apart["open"].all() else set()
    said = {name: say(key, reader.lang) for name, key in (keys | {"band": "quality_band"}).items() if name not in unused}
    return charts.show_month_panels(
        drawn, title=_reconciled_title(table, sums, names, reader), measure=_facts(reader, say("quality_reconciled_measure", reader.lang)),
        unit=reader.unit, lang=reader.lang, source=reader.source, labels=labels, names=said,
        notes=[say("quality_reconciled_note", reader.lang)],
    )  # fmt: skip


def _panel(row, names: Names, reader: Reader) -> str:
    amounts = {side: say_amount(getattr(row, side), reader.unit, reader.lang) for side in ("left", "right")}
    gap = say_amount(row.left - row.right, reader.unit, reader.lang, sign=True)
    return say("quality_panel", reader.lang, label=names.of(row.Index, reader), gap=gap, **amounts)


def _reconciled_title(table: pd.DataFrame, sums: pd.DataFrame, names: Names, reader: Reader) -> str:
    months, apart = len(table), int((table["over"] - table["under"]).gt(0).sum())
    said = {"count": table["rule"].nunique(), "months": _count(months, reader), "apart": _count(apart, reader)}
    if not apart:
        return say("quality_reconciled_fine", reader.lang, **said)
    first = sums.iloc[0]
    said |= {"label": names.of(sums.index[0], reader), "most": say_amount(first["apart"], reader.unit, reader.lang)}
    said |= {side: say_amount(first[side], reader.unit, reader.lang) for side in ("left", "right")}
    return say("quality_reconciled_title" if len(sums) == 1 else "quality_reconciled_many", reader.lang, **said)


# ------------------------------------------------------------------------------------------------------- why


def show_flaws(quality: Quality, names: Names, reader: Reader):
    """Missing values by column, rows that share a key, rows that refer to nothing."""
    rows = flaws_table(quality)
    if rows.empty:
        return Sentence(say("quality_no_flaws", reader.lang))
    styles = ["actual" if waits else "prior" for waits in rows["waits"]]
    shown = rows.assign(label=[_flaw(row, names, reader) for row in rows.itertuples()], style=styles).head(2 * MOST)
    panels = [charts.Tally("rows", say("quality_rows", reader.lang)), charts.Tally("share", say("quality_flaw_share", reader.lang), "rate")]
    by = rows.groupby("kind")["rows"].sum()
    counts = {f"{kind}s": _count(by.get(kind, 0), reader) for kind in FLAWS} | {"missing": _count(by.get("missing", 0), reader)}
    waiting = rows.loc[rows["waits"], "rows"].sum()
    counts["open"] = say("quality_flaws_open" if waiting else "quality_flaws_settled", reader.lang, rows=_count(waiting, reader))
    legend = [("actual", say("quality_waiting", reader.lang)), ("prior", say("quality_settled", reader.lang))]
    return charts.show_tallies(
        shown, panels, title=say("quality_flaws_title", reader.lang, **counts),
        measure=_facts(reader, say("quality_flaws_measure", reader.lang)), unit=reader.unit, lang=reader.lang, source=reader.source,
        legend=legend,
        notes=[say("quality_own_scales", reader.lang)],
    )  # fmt: skip


def flaws_table(quality: Quality) -> pd.DataFrame:
    """Missing values, duplicates and orphans by table: table, kind, column (of missing values), rows, share of the table's rows, waits
    (for a decision)."""
    missing = quality.empty.assign(table=quality.empty["source"], kind="missing", of=quality.empty["rows"], rows=quality.empty["missing"])
    found = quality.findings[quality.findings["kind"].isin(FLAWS) & quality.findings["control"].isin(quality.sources["source"])]
    stored = quality.sources.set_index("source")["rows"]
    sums = found.groupby(["control", "kind"], as_index=False)["rows"].sum()
    others = sums.assign(table=sums["control"], column="", of=sums["control"].map(stored))
    columns = ["table", "kind", "column", "rows", "of"]
    parts = [part[columns] for part in (missing, others) if len(part)]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    table = table.assign(share=table["rows"].astype(float) / table["of"].astype(float))
    waiting = open_findings(quality.findings)
    columns = {(row.control, row.kind, row.where if row.kind == "missing" else "") for row in waiting.itertuples()}
    table["waits"] = [(row.table, row.kind, row.column) in columns for row in table.itertuples()]
    return table.astype({"waits": bool}).sort_values("rows", ascending=False, kind="stable", ignore_index=True)


def _flaw(row, names: Names, reader: Reader) -> str:
    at = 0 if reader.lang == "en" else 1
    column = COLUMNS[row.column][at] if row.column in COLUMNS else row.column
    return say(f"quality_flaw_{row.kind}", reader.lang, table=names.of(row.table, reader), column=column)


def show_restated(quality: Quality, reader: Reader):
    """Actual amounts by month as known now and as first known, and what they were restated by."""
    table = quality.restated
    if table.empty:
        return Sentence(say("quality_no_actuals", reader.lang))
    change = (table["now"] - table["first"].fillna(0.0)).round(6)
    if not change.abs().gt(0.005).any():
        return Sentence(_restated_title(table.assign(change=change), reader) + ("。" if reader.lang == "zh" else "."))
    drawn = table.rename(columns={"account": "code", "now": "amount", "first": "other"})
    drawn = drawn.assign(over=change.clip(lower=0), under=change.clip(upper=0), open=False)
    labels = {code: reader.account(code) for code in table["account"].unique()}
    said = {"amount": "quality_now", "other": "quality_then", "settled": "quality_moved"}
    return charts.show_month_panels(
        drawn, title=_restated_title(table.assign(change=change), reader), unit=reader.unit, lang=reader.lang, source=reader.source,
        measure=_facts(reader, say("quality_restated_measure", reader.lang)), labels=labels,
        names={name: say(key, reader.lang) for name, key in said.items()}, notes=[say("quality_moved_note", reader.lang)],
    )  # fmt: skip


def _restated_title(table: pd.DataFrame, reader: Reader) -> str:
    """Said of the account that was restated by most in a month."""
    worst = table.loc[table["change"].abs().idxmax()]
    own = table[table["account"] == worst["account"]]
    said = {"label": reader.account(worst["account"]), "months": len(own), "count": int(own["change"].abs().gt(0.005).sum())}
    key = "quality_restated_title" if said["count"] else "quality_restated_none"
    return say(key, reader.lang, **said, most=say_amount(abs(worst["change"]), reader.unit, reader.lang))


def show_changes(quality: Quality, reader: Reader, most: int = 10) -> Html | Sentence:
    """The figures that were restated by most."""
    if quality.changes.empty:
        return Sentence(say("quality_no_changes", reader.lang))
    rows = quality.changes.head(most)
    rows = rows.assign(
        label=[reader.account(code) for code in rows["account"]], place=[reader.centre(code) for code in rows["cost_centre"]],
        when=[f"{day:%Y-%m-%d}" for day in rows["since"]],
    )  # fmt: skip
    heads = {"label": ("quality_account", "text"), "place": ("quality_place", "text"), "period": ("quality_month", "period")}
    heads |= {"first": ("quality_then", "amount"), "now": ("quality_now", "amount"), "change": ("quality_change", "amount")}
    caption = say("quality_changes_title", reader.lang, count=_count(len(quality.changes), reader))
    return _table(rows, heads | {"when": ("quality_since", "text")}, reader, caption)


def show_unmapped(quality: Quality, reader: Reader):
    """What stands on lines for unmapped codes, by account and month."""
    table = quality.unmapped.assign(amount=quality.unmapped["amount"].abs())
    by = table.groupby(["account", "period"], as_index=False)["amount"].sum()
    by = by[by["amount"] > 0].rename(columns={"account": "code"})
    if by.empty:
        return Sentence(say("quality_no_unmapped", reader.lang))
    said = {"amount": say_amount(by["amount"].sum(), reader.unit, reader.lang), "months": by["period"].nunique()}
    return charts.show_month_panels(
        by, title=say("quality_unmapped_title", reader.lang, **said), measure=_facts(reader, say("quality_unmapped_measure", reader.lang)),
        unit=reader.unit, lang=reader.lang, source=reader.source, labels={code: reader.account(code) for code in by["code"].unique()},
        names={}, notes=[say("quality_moved_note", reader.lang)],
    )  # fmt: skip


def show_translated(quality: Quality, reader: Reader, entities: pd.DataFrame):
    """The balance of translation differences, by foreign entity and month."""
    table = quality.translated
    if table.empty:
        return Sentence(say("quality_no_foreign", reader.lang))
    called = dict(zip(entities["code"], entities[f"label_{reader.lang}"], strict=True))
    last = table["period"].max()
    amount = table.loc[table["period"] == last, "amount"].sum()
    labels = {code: called.get(code, code) for code in table["entity"].unique()}
    said = {"count": len(labels), "label": next(iter(labels.values())), "month": say_period(last, reader.lang)}
    key = "quality_translated_one" if len(labels) == 1 else "quality_translated_title"
    return charts.show_month_panels(
        table.rename(columns={"entity": "code"}), title=say(key, reader.lang, amount=say_amount(amount, reader.unit, reader.lang), **said),
        measure=_facts(reader, say("quality_translated_measure", reader.lang)), unit=reader.unit, lang=reader.lang, source=reader.source,
        labels=labels, names={}, one_scale=True, notes=[say("quality_one_scale_note", reader.lang)],
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- what if, checks, caveats


def show_what_if(quality: Quality, reader: Reader) -> Html:
    """How many differences would stay open at other tolerances, and what they come to."""
    table = quality.what_if
    now = table.loc[table["factor"] == 1.0].iloc[0]
    rows = table.assign(
        label=[_times(factor, reader) for factor in table["factor"]],
        more=[say_number(gap, reader.lang, 0, sign=True) for gap in table["findings"] - int(now["findings"])],
    )  # fmt: skip
    heads = {"label": ("quality_factor", "text"), "findings": ("quality_differences", "count"), "more": ("quality_against_now", "text")}
    return _table(rows, heads | {"amount": ("quality_apart", "amount")}, reader, say("quality_what_if_title", reader.lang))


def _times(factor: float, reader: Reader) -> str:
    if factor == 1.0:
        return say("quality_as_is", reader.lang)
    return say("quality_times", reader.lang, factor=f"{factor:g}")


def say_what_if(quality: Quality, reader: Reader) -> Sentence:
    """What the tightest tolerance would leave open."""
    table = quality.what_if
    if not table["findings"].any():
        return Sentence(say("quality_what_if_none", reader.lang, **{end: f"{table['factor'].agg(how):g}" for end, how in ENDS.items()}))
    first, now = quality.what_if.iloc[0], quality.what_if.loc[quality.what_if["factor"] == 1.0].iloc[0]
    said = {"factor": f"{first['factor']:g}", "count": _count(first["findings"], reader), "now": _count(now["findings"], reader)}
    return Sentence(say("quality_what_if", reader.lang, **said, amount=say_amount(first["amount"], reader.unit, reader.lang)))


def check_names(checks: pd.DataFrame, names: Names, reader: Reader) -> dict[str, str]:
    """The checks in the reader's language; what stands before a colon is a source."""
    colon = ": " if reader.lang == "en" else "："
    said = {}
    for name in checks["name"]:
        source, _, rest = name.rpartition(": ")
        said[name] = (f"{names.of(source, reader)}{colon}" if source else "") + say(f"check: {rest}", reader.lang)
    return said


def show_caveats(reader: Reader) -> Html:
    """What the report can't see."""
    return show_text(*(say(f"quality_caveat_{key}", reader.lang) for key in ("errors", "two", "never", "known")))


def quality_tables(quality: Quality) -> dict[str, pd.DataFrame]:
    """The results as they are recorded."""
    kept = ("sources", "coverage", "totals", "reconciled", "at_stake", "restated", "changes", "unmapped", "translated", "what_if")
    return {name: getattr(quality, name) for name in kept} | {"flaws": flaws_table(quality)}


def figures(quality: Quality, reader: Reader) -> pd.DataFrame:
    """The key figures for the page."""
    rows = [("quality_key_open", len(open_findings(quality.findings)), "count", "down")]
    rows.append(("quality_key_amount", amount_open(quality), reader.unit.currency, "down"))
    rows.append(("quality_key_totals", int(quality.totals["beyond"].sum()), "count", "down"))
    rows.append(("quality_key_gaps", int(quality.coverage["state"].eq("gap").sum()), "count", "down"))
    return key_figures([row for row in rows if not is_missing(row[1])])
