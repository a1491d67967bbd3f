"""Projects weighed: what each is worth, every internal rate, payback, the odds by simulation, and which to take when money is short.

Everything here is handed a table of cash flows; nothing reads a file or a clock. "As planned" means the amounts as they stand;
"expected" means their means, which are lower where spans reach further down than up.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError, at_most
from planning.model.cash_draws import (
    SPAN,
    columns_needed,
    expected_shortfall,
    mean_amounts,
    odds_of_beating,
    own_error,
    plain_normals,
    rank_range,
    set_size,
    shared_normals,
    sobol_normals,
    spread_amounts,
)
from planning.model.portfolio import choose_best, choose_by_rank
from planning.model.projects import (
    HIGHEST,
    LOWEST,
    InternalRate,
    capital_need,
    discount_factors,
    internal_rates,
    modified_rate,
    net_present_value,
    payback,
    sign_changes,
    sole_rates,
    value_profile,
)

TABLES = ("cash_flows",)
"""The event tables that the study needs."""

RATE_STEP, DELAY, OVERRUN, SHORTFALL = 0.02, 1.0, 0.2, 0.1
"""The what-ifs: points of the discount rate, years that receipts come late, share that payments run over, that receipts fall short."""
LEAST_SOLE = 0.95
"""The band of an internal rate is shown where at least this share of the draws have exactly one."""
LARGEST = 40_000_000
"""Simulated amounts (draws times cash flows) at most."""


@dataclass(frozen=True)
class Assumptions:
    """What the study takes as given: the discount rate a year, the payback wanted in years, the capital there is (0: no limit), the
    correlation of amounts within a project, the draws; `origin`: by language, where the figures come from; `currency`: of all amounts."""

    rate: float
    hurdle_years: float
    capital: float
    correlation: float
    draws: int
    level: float
    seed: int
    origin: dict
    currency: str = "currency"

    @property
    def span(self) -> float:
        """The share of outcomes that lower and upper of an amount hold between them."""
        return SPAN

    @property
    def limit(self) -> float:
        """The capital there is; infinite without a limit."""
        return self.capital if self.capital > 0 else np.inf


@dataclass(frozen=True)
class Study:
    """Projects weighed, in the order of their expected value.

    `flows`: project, period, amount, lower, upper, mean, years (from the first flow of all), sorted; `projects`: a row each (see
    `_project`); `roots`: project, rate, turns, value (at that rate, as planned); `values`: simulated present values, a row a draw, a
    column a project; `beats`: project, other, odds; `portfolio`: project, need, npv, by_rank, best, safe; `choices`: way, projects,
    need, need_upper (what it needs at the upper edge of the band), npv, lower, upper, odds, shortfall, within (odds that the money
    suffices); `what_ifs`: project and its expected value under each;
    `correlations`: the best choice if amounts missed together less or more: correlation, lower, upper, odds;
    `profile`: project, rate, npv (as planned); `cumulative`: project, period, years, amount, lower, upper (running totals);
    `trial`: the simulation against what is known exactly.
    """

    assumptions: Assumptions
    flows: pd.DataFrame
    projects: pd.DataFrame
    roots: pd.DataFrame
    values: np.ndarray
    beats: pd.DataFrame
    portfolio: pd.DataFrame
    choices: pd.DataFrame
    what_ifs: pd.DataFrame
    correlations: pd.DataFrame
    profile: pd.DataFrame
    cumulative: pd.DataFrame
    trial: pd.DataFrame


def build_study(tables: dict[str, pd.DataFrame], assumptions: dict, level: float, seed: int) -> Study:
    """All projects of a table of cash flows weighed at one rate; RequestError with everything that is wrong with it."""
    given = {field.name: assumptions[field.name] for field in fields(Assumptions) if field.name in assumptions}
    flows = tables["cash_flows"]
    problems = [*_assumption_problems(given | {"level": level}), *_flow_problems(flows), *_size_problems(flows, given.get("draws", 0))]
    if problems:
        raise RequestError("projects", problems)
    taken = Assumptions(**given | {"level": level, "seed": seed})
    flows = _dated(flows)
    normals = _normals(flows, taken, sobol_normals)
    drawn = _draw(flows, normals, taken.correlation)
    table = pd.DataFrame([_project(own, drawn[:, own.index], taken) for _, own in flows.groupby("project", sort=False)])
    order = table["npv"].sort_values(ascending=False, kind="stable").index
    table, values = table.loc[order].reset_index(drop=True), _values(flows, drawn, taken.rate)[:, order]
    table["rank_lower"], table["rank_upper"] = rank_range(values, level)
    table.insert(3, "rank", np.arange(1, len(table) + 1))
    streams = {code: flows[flows["project"] == code] for code in table["project"]}
    needs = np.column_stack([_needs(drawn[:, own.index], own) for own in streams.values()])
    portfolio = _portfolio(table, needs, taken)
    return Study(
        taken, flows, table, _roots(streams), values, _beats(values, table), portfolio, _choices(portfolio, values, needs, taken),
        _what_ifs(streams, taken), _correlations(flows, normals, portfolio, taken), _profile(streams, taken),
        _cumulative(streams, drawn, level), _trial(streams, values, table, taken),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- what is given


def _assumption_problems(given: dict) -> list[Problem]:
    bounds = {
        "rate": (-0.5, HIGHEST), "hurdle_years": (0.0, 1000.0), "capital": (0.0, np.inf), "correlation": (0.0, 0.99),
        "draws": (1, LARGEST), "level": (0.01, 0.99),
    }  # fmt: skip
    missing = [Problem("missing", name) for name in (*bounds, "origin") if name not in given]
    outside = [name for name, (low, high) in bounds.items() if name in given and not low <= given[name] <= high]
    said = {name: f"{low:g} to {high:g}" for name, (low, high) in bounds.items()}
    origin = given.get("origin", {})
    told = not origin or (set(origin) == {"en", "zh"} and all(isinstance(text, str) and text for text in origin.values()))
    unsaid = [] if told else [Problem("not said in both languages", "origin", repr(origin), "texts for en and zh, or nothing")]
    return missing + [Problem("out of range", name, repr(given[name]), said[name]) for name in outside] + unsaid


def _flow_problems(flows: pd.DataFrame) -> list[Problem]:
    """What is wrong with the cash flows, row by row and project by project."""
    if flows.empty:
        return [Problem("no cash flows", "cash_flows", "no rows", "at least one project")]
    where = [f"cash_flows, {project}, {period:%Y-%m}" for project, period in zip(flows["project"], flows["period"], strict=True)]
    problems = []
    for place, row in zip(where, flows.to_dict("records"), strict=True):
        amount, lower, upper = row["amount"], row["lower"], row["upper"]
        if not np.isfinite([amount, *(edge for edge in (lower, upper) if pd.notna(edge))]).all():
            problems.append(Problem("not a number", place, repr(amount), "a finite amount"))
        elif pd.isna(lower) != pd.isna(upper) or lower > amount or upper < amount:
            said = f"{lower:g} … {amount:g} … {upper:g}"
            problems.append(Problem("wrong span", place, said, "lower ≤ amount ≤ upper, or neither of the two"))
    return at_most(problems + _named_twice(flows))


def _named_twice(flows: pd.DataFrame) -> list[Problem]:
    names = flows.groupby("project", sort=False)[["label_en", "label_zh"]].nunique()
    several = names[(names > 1).any(axis=1)].index
    return [Problem("several names", f"cash_flows, {project}", expected="one label_en and one label_zh a project") for project in several]


def _size_problems(flows: pd.DataFrame, draws: float) -> list[Problem]:
    size = set_size(int(min(max(draws, 1), LARGEST))) * 8 * len(flows)
    said = f"{draws:,} draws of {len(flows):,} cash flows"
    return [Problem("too much to simulate", "draws", said, f"at most {LARGEST:,} together")] if size > LARGEST else []


def _dated(flows: pd.DataFrame) -> pd.DataFrame:
    """The flows in time with their spans filled, their means, and the years since the first flow of all, by whole months."""
    order = flows["project"].map({code: at for at, code in enumerate(flows["project"].unique())})
    flows = flows.assign(_order=order).sort_values(["_order", "period"], kind="stable").drop(columns="_order").reset_index(drop=True)
    flows["lower"], flows["upper"] = flows["lower"].fillna(flows["amount"]), flows["upper"].fillna(flows["amount"])
    flows["mean"] = mean_amounts(flows["amount"], flows["lower"], flows["upper"])
    months = flows["period"].dt.year * 12 + flows["period"].dt.month
    return flows.assign(years=(months - months.min()) / 12.0)


# ------------------------------------------------------------------------------------------------------------ the draws


def _normals(flows: pd.DataFrame, taken: Assumptions, source) -> np.ndarray:
    """The standard normals behind the amounts, from Sobol points or ordinary random numbers."""
    return source(columns_needed(pd.factorize(flows["project"])[0]), taken.draws, taken.seed)


def _draw(flows: pd.DataFrame, normals: np.ndarray, correlation: float) -> np.ndarray:
    """Simulated amounts, a row a draw, a column a cash flow."""
    drawn = shared_normals(normals, pd.factorize(flows["project"])[0], correlation)
    return spread_amounts(drawn, flows["amount"], flows["lower"], flows["upper"])


def _values(flows: pd.DataFrame, drawn: np.ndarray, rate: float) -> np.ndarray:
    """Simulated present values, a column a project."""
    factors = discount_factors(flows["years"], rate)
    columns = [drawn[:, own.index] @ factors[own.index] for _, own in flows.groupby("project", sort=False)]
    return np.column_stack(columns)


def _by_time(amounts: np.ndarray, own: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Amounts of one day added up (they come and go together), and the years since the project's own first one."""
    years, at = np.unique(own["years"].to_numpy(), return_inverse=True)
    together = np.zeros((len(own), len(years)))
    together[np.arange(len(own)), at] = 1.0
    return amounts @ together, years - years[0]


def _needs(drawn: np.ndarray, own: pd.DataFrame) -> np.ndarray:
    return capital_need(_by_time(drawn, own)[0])


# --------------------------------------------------------------------------------------------------------- one project


def _project(own: pd.DataFrame, drawn: np.ndarray, taken: Assumptions) -> dict:
    """One project's figures: npv expected, planned (both at the rate), band and odds of the present value, internal rates, payback."""
    planned, years = _by_time(own["amount"].to_numpy(), own)
    factors = discount_factors(own["years"], taken.rate)
    values, simulated = drawn @ factors, _by_time(drawn, own)[0]
    tail = (1 - taken.level) / 2
    lower, upper = np.quantile(values, [tail, 1 - tail])
    rates, back = internal_rates(planned, years), payback(simulated, years)
    npv = float(own["mean"] @ factors)
    received = float(np.maximum(own["mean"], 0) @ factors)
    need = float(capital_need(planned))
    return {
        "project": own["project"].iloc[0], "label_en": own["label_en"].iloc[0], "label_zh": own["label_zh"].iloc[0],
        "npv": npv, "planned": float(own["amount"] @ factors), "lower": lower, "upper": upper,
        "odds": float((values > 0).mean()), "odds_error": own_error(values > 0), "shortfall": expected_shortfall(values, tail),
        "need": need, "value_rate": npv / need if need else np.nan, "margin": npv / received if received else np.nan,
        "irr": _say_rates(rates), "irr_count": len(rates), "changes": sign_changes(planned),
        **_rate_band(simulated, years, planned, taken.level), "modified": modified_rate(planned, years, taken.rate),
        "payback": payback(planned, years), "discounted_payback": payback(planned * discount_factors(years, taken.rate), years),
        "payback_odds": float((back <= taken.hurdle_years).mean()), "never_odds": float(np.isinf(back).mean()),
    }  # fmt: skip


def _say_rates(rates: list[InternalRate]) -> str:
    """Every internal rate in marks that need no language; a dash for none."""
    return " · ".join(f"{root.rate * 100:.1f} %".replace("-", "−") for root in rates) or "–"


def _rate_band(simulated: np.ndarray, years: np.ndarray, planned: np.ndarray, level: float) -> dict:
    """The band of the internal rate, only where the plan has exactly one and nearly every draw has."""
    rates = sole_rates(simulated, years)
    share = float(np.isfinite(rates).mean())
    told = share >= LEAST_SOLE and sign_changes(planned) == 1
    edges = np.nanquantile(rates, [(1 - level) / 2, (1 + level) / 2]) if told else (np.nan, np.nan)
    return {"irr_lower": edges[0], "irr_upper": edges[1], "sole": share}


def _roots(streams: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = []
    for code, own in streams.items():
        amounts, years = _by_time(own["amount"].to_numpy(), own)
        for root in internal_rates(amounts, years):
            value = float(net_present_value(amounts, years, root.rate))
            size = float(net_present_value(np.abs(amounts), years, root.rate))
            rows.append({"project": code, "rate": root.rate, "turns": root.turns, "value": value, "size": size})
    return pd.DataFrame(rows, columns=["project", "rate", "turns", "value", "size"])


def _profile(streams: dict[str, pd.DataFrame], taken: Assumptions) -> pd.DataFrame:
    """The present value as planned over rates from 0 to beyond the largest internal rate (at most 100 %)."""
    largest = max((root for own in streams.values() for root in _rates_of(own) if root <= 1.0), default=0.0)
    rates = np.linspace(0.0, max(0.3, 1.5 * taken.rate, 1.15 * largest), 121)
    parts = [pd.DataFrame({"project": code, "rate": rates, "npv": value_profile(own["amount"], own["years"], rates)})
             for code, own in streams.items()]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _rates_of(own: pd.DataFrame) -> list[float]:
    return [root.rate for root in internal_rates(own["amount"], own["years"])]


def _cumulative(streams: dict[str, pd.DataFrame], drawn: np.ndarray, level: float) -> pd.DataFrame:
    """The running total of each project as planned, with the simulated band."""
    edges = [(1 - level) / 2, (1 + level) / 2]
    parts = []
    for code, own in streams.items():
        periods = own.drop_duplicates("years")["period"]
        simulated, years = _by_time(drawn[:, own.index], own)
        lower, upper = np.quantile(np.cumsum(simulated, axis=1), edges, axis=0)
        amount = np.cumsum(_by_time(own["amount"].to_numpy(), own)[0])
        parts.append(pd.DataFrame(
            {"project": code, "period": periods.to_numpy(), "years": years, "amount": amount, "lower": lower, "upper": upper}
        ))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


# ---------------------------------------------------------------------------------------- projects against each other


def _beats(values: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    odds, codes = odds_of_beating(values), table["project"].tolist()
    pairs = [{"project": one, "other": two, "odds": odds[a, b]} for a, one in enumerate(codes) for b, two in enumerate(codes) if a != b]
    return pd.DataFrame(pairs, columns=["project", "other", "odds"])


def _portfolio(table: pd.DataFrame, needs: np.ndarray, taken: Assumptions) -> pd.DataFrame:
    """Which projects to take, by the plain ranking, as the best choice there is, and as the best that leaves room for overruns.

    Room for overruns: each project is counted with the capital that it needs at most in `level` of the draws.
    """
    npv, need = table["npv"].to_numpy(), table["need"].to_numpy()
    roomy = np.maximum(need, np.quantile(needs, taken.level, axis=0))
    chosen = {"by_rank": choose_by_rank(npv, need, taken.limit), "best": choose_best(npv, need, taken.limit)}
    chosen["safe"] = choose_best(npv, roomy, taken.limit)
    return table[["project", "label_en", "label_zh", "need", "npv", "value_rate"]].assign(**chosen)


def _choices(portfolio: pd.DataFrame, values: np.ndarray, needs: np.ndarray, taken: Assumptions) -> pd.DataFrame:
    """The ways of choosing, and taking everything: what it needs, what it is worth, and how sure that is."""
    ways = {way: portfolio[way] for way in ("best", "safe", "by_rank")} | {"all": pd.Series(True, index=portfolio.index)}
    tail = (1 - taken.level) / 2
    rows = []
    for way, chosen in ways.items():
        together, money = (simulated[:, chosen.to_numpy()].sum(axis=1) for simulated in (values, needs))
        lower, upper = np.quantile(together, [tail, 1 - tail])
        planned = portfolio.loc[chosen, ["need", "npv"]].sum()
        rows.append({
            "way": way, "projects": int(chosen.sum()), "need": planned["need"],
            "need_upper": float(np.quantile(money, 1 - tail)), "npv": planned["npv"],
            "lower": lower, "upper": upper, "odds": float((together > 0).mean()), "shortfall": expected_shortfall(together, tail),
            "within": float((money <= taken.limit).mean()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _what_ifs(streams: dict[str, pd.DataFrame], taken: Assumptions) -> pd.DataFrame:
    """The expected present value of each project if one thing comes otherwise."""
    rows = []
    for code, own in streams.items():
        mean, years = own["mean"].to_numpy(), own["years"].to_numpy()
        received, paid = np.maximum(mean, 0), np.minimum(mean, 0)
        rates = {"cheaper": taken.rate - RATE_STEP, "dearer": taken.rate + RATE_STEP}
        at_rate = {name: net_present_value(mean, years, rate) for name, rate in rates.items()}
        late = net_present_value(paid, years, taken.rate) + net_present_value(received, years + DELAY, taken.rate)
        rows.append({
            "project": code, "base": net_present_value(mean, years, taken.rate), **at_rate, "late": late,
            "overrun": net_present_value(received + (1 + OVERRUN) * paid, years, taken.rate),
            "short": net_present_value((1 - SHORTFALL) * received + paid, years, taken.rate),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _correlations(flows: pd.DataFrame, normals: np.ndarray, portfolio: pd.DataFrame, taken: Assumptions) -> pd.DataFrame:
    """The best choice at a correlation of nothing, the assumed one, and one halfway to 1."""
    chosen = flows["project"].isin(portfolio.loc[portfolio["best"], "project"])
    factors = np.where(chosen, discount_factors(flows["years"], taken.rate), 0.0)
    tail, rows = (1 - taken.level) / 2, []
    for correlation in sorted({0.0, taken.correlation, round((1 + taken.correlation) / 2, 4)}):
        together = _draw(flows, normals, correlation) @ factors
        lower, upper = np.quantile(together, [tail, 1 - tail])
        rows.append({"correlation": correlation, "lower": lower, "upper": upper, "odds": float((together > 0).mean())})
    return pd.DataFrame(rows)


def paying_ranges(study: Study, project: str) -> list[tuple[float, float]]:
    """Between which costs of money, from 0 up, the project as planned is worth doing; infinite where there is no upper end.

    This is what several internal rates mean: with 5 % (rising) and 36 % (falling) it pays between the two, with none always or never.
    """
    own = study.roots[(study.roots["project"] == project) & (study.roots["turns"] != "touches") & (study.roots["rate"] > 0)]
    if own.empty:
        planned = study.projects.set_index("project").at[project, "planned"]
        return [(0.0, np.inf)] if planned > 0 else []
    ends = own["rate"].tolist()
    ends = [0.0, *ends] if own["turns"].iloc[0] == "falls" else ends
    ends = ends if len(ends) % 2 == 0 else [*ends, np.inf]
    return list(zip(ends[::2], ends[1::2], strict=True))


# ----------------------------------------------------------------------------------------------- the simulation's own trial


def _trial(streams: dict[str, pd.DataFrame], values: np.ndarray, table: pd.DataFrame, taken: Assumptions) -> pd.DataFrame:
    """The simulated means against the exact ones, with as many ordinary random draws beside them.

    exact, simulated, error, own_error (as the scrambled sets tell it), plain_error (the standard error of ordinary random draws),
    times (plain_error / own_error).
    """
    rows = []
    for at, (code, own) in enumerate(streams.items()):
        exact, drawn = float(table["npv"].iloc[at]), values[:, at]
        plain = _draw(own, _normals(own, taken, plain_normals), taken.correlation) @ discount_factors(own["years"], taken.rate)
        plain_error, sobol_error = float(plain.std(ddof=1) / np.sqrt(len(plain))), own_error(drawn)
        rows.append({
            "project": code, "exact": exact, "simulated": float(drawn.mean()), "error": float(drawn.mean()) - exact,
            "own_error": sobol_error, "plain_error": plain_error, "times": plain_error / sobol_error if sobol_error else np.nan,
        })  # fmt: skip
    return pd.DataFrame(rows)


# -------------------------------------------------------------------------------------------------------- checks, tables


def check_study(study: Study) -> list[Check]:
    """What must hold: roots are roots and none is missed, the simulation keeps its promises, the choice stays within the money."""
    table, taken, roots = study.projects, study.assumptions, study.roots
    gap = float((roots["value"].abs() / roots["size"]).max()) if len(roots) else 0.0
    too_many = int((table["irr_count"] > table["changes"]).sum())
    passed = _crossings(study)
    stepped, found = int(passed["stepped"].sum()), int(passed["found"].sum())
    agree = (passed["stepped"] <= passed["found"]) & ((passed["found"] - passed["stepped"]) % 2 == 0)
    missed = float((study.trial["error"].abs() - 3 * study.trial["plain_error"]).max())
    best, ranked = (study.choices.set_index("way").loc[way] for way in ("best", "by_rank"))
    factors = discount_factors(study.flows["years"], taken.rate)
    return [
        check_close("discounted flows add up to the values", float(study.flows["mean"] @ factors), float(table["npv"].sum()), 0.01),
        Check("every internal rate leaves no value", gap <= 1e-9, f"{gap:.1e} ≤ 1e-09"),
        Check("no more internal rates than changes of sign", too_many == 0, f"{too_many} = 0"),
        Check("a search by steps finds no further internal rate", bool(agree.all()), f"{stepped} ≤ {found}"),
        Check("the simulated means are the exact ones", missed <= 0.01, f"max(|Δ| − 3 σ) = {missed:,.0f} ≤ 0"),
        Check("the choice as planned stays within the capital", bool(best["need"] <= taken.limit),
              f"{best['need']:,.0f} ≤ {_say_limit(taken)}"),
        Check("the choice is worth no less than the ranking's", bool(best["npv"] >= ranked["npv"] - 0.01),
              f"{best['npv']:,.0f} ≥ {ranked['npv']:,.0f}"),
    ]  # fmt: skip


def _say_limit(taken: Assumptions) -> str:
    return f"{taken.capital:,.0f}" if taken.capital > 0 else "∞"


def _crossings(study: Study) -> pd.DataFrame:
    """By project, how often the value passes zero: by the roots found, and by steps through many rates close together.

    Steps can miss two roots between two rates, never see one that isn't there.
    """
    rates = np.expm1(np.linspace(np.log1p(LOWEST) + 1e-9, np.log1p(HIGHEST) - 1e-9, 2001))
    found = study.roots.loc[study.roots["turns"] != "touches", "project"].value_counts()
    streams = study.flows.assign(years=study.flows["years"] - study.flows.groupby("project")["years"].transform("min")).groupby("project")
    stepped = pd.Series({code: sign_changes(value_profile(own["amount"], own["years"], rates)) for code, own in streams})
    return pd.DataFrame({"stepped": stepped, "found": found.reindex(stepped.index, fill_value=0)})


def study_tables(study: Study) -> dict[str, pd.DataFrame]:
    """What a run records."""
    return {
        "projects": study.projects, "roots": study.roots, "beats": study.beats, "portfolio": study.portfolio, "choices": study.choices,
        "what_ifs": study.what_ifs, "correlations": study.correlations, "profile": study.profile, "cumulative": study.cumulative,
        "trial": study.trial, "cash_flows": study.flows,
    }  # fmt: skip


def study_key_figures(study: Study) -> list[tuple]:
    """The figures a director wants first, of the projects chosen: (code, value, unit, better, band)."""
    best, currency = study.choices.set_index("way").loc["best"], study.assumptions.currency
    suffices = [("projects_within", float(best["within"]), "rate", "up")] if study.assumptions.capital > 0 else []
    return [
        ("projects_chosen_value", float(best["npv"]), currency, "up", (float(best["lower"]), float(best["upper"]))),
        ("projects_capital", float(best["need"]), currency, "neutral"),
        ("projects_chosen_odds", float(best["odds"]), "rate", "up"),
        ("projects_chosen", int(best["projects"]), "count", "neutral"), *suffices,
    ]
