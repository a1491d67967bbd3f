"""A home whose runs are written by hand: small tables of every contract that the cockpit reads, two towns and a shop."""

import json
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import toy

from planning.book.store import open_book
from planning.core.people import Person
from planning.inputs.params import Home

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "correct horse battery"
HOSTILE = '<script>alert("1")</script>'
WORDS = {
    "town": ("Town", "小镇", "USD", "Town's own forecast", "小镇自有预测"),
    "shop": ("Shop", "商店", "EUR", "Shop's forecast", "商店自有预测"),
    "phone": ("Phone company", "电话公司", "USD", "Own forecast", "自有预测"),
}
BUDGET_HEADLINE = {
    "en": "FY2022 draft: obligations $5,201.4 m, +3.1 % on this year's projection; payments would exceed receipts by $212.6 m.",
    "zh": "2022财年草案：承付支出 5,201.4 百万美元，较本年预计 +3.1%；付款超出收入 212.6 百万美元。",
}


def run_id(number: int) -> str:
    """The id of a run; later numbers are newer."""
    return f"202611{number:02}T080000000000Z-{number:08x}"


def write_run(home: Home, number: int, company: str, notebook: str, case: str, headline, tables=None, params=None, status="") -> Path:
    """One run in its folder, as the engine leaves it."""
    name = run_id(number)
    folder = home.outputs / company / notebook / ("failed" if status == "failed" else "") / name
    (folder / "tables").mkdir(parents=True)
    (folder / "figures").mkdir()
    tables = {"checks": pd.DataFrame({"name": ["a", "b"], "passed": [True, True], "said": ["", ""]})} | (tables or {})
    for table, rows in tables.items():
        rows.to_parquet(folder / "tables" / f"{table}.parquet", index=False)
    params = {"company": company, "level": 0.8, "lang": "en"} | (params or {})
    words = {} if isinstance(headline, str) else {"headlines": headline}
    manifest = {
        "run": name, "notebook": notebook, "company": company, "case": case, "params": params, "snapshot": "84b9720b42711cd7",
        "started": f"2026-11-{number:02}T08:00:00+00:00", "headline": headline if isinstance(headline, str) else headline[params["lang"]],
        "checks": {"passed": 12, "of": 12, "failed": []}, "tables": {table: {"rows": len(rows)} for table, rows in tables.items()},
    } | words | ({"status": status} if status else {})  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    (folder / "report.html").write_text(f"<!DOCTYPE html><html><body><h1>Report {name}</h1></body></html>", encoding="utf-8")
    (folder / "figures" / "year.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def key_figures(*rows) -> pd.DataFrame:
    """(code, English, Chinese, value, unit, better[, lower, upper]) → the table of key figures."""
    full = [(code, en, zh, value, *(band or (None, None)), unit, better) for code, en, zh, value, unit, better, *band in rows]
    table = pd.DataFrame(full, columns=["code", "label_en", "label_zh", "value", "lower", "upper", "unit", "better"])
    return table.astype({"value": float, "lower": float, "upper": float})


def budget_tables() -> dict[str, pd.DataFrame]:
    cases = [("base", 4901e6, 5201.4e6, -212.6e6, 300e6), ("upside", 5050e6, 5201.4e6, -63.6e6, 449e6),
             ("downside", 4700e6, 5300e6, -510e6, -1e6)]  # fmt: skip
    return {
        "cases": pd.DataFrame(cases, columns=["case", "revenue", "spending", "result", "closing"]).assign(paid=0.0),
        "key_figures": key_figures(
            ("key_draft", "Draft obligations", "承付草案", 5201.4e6, "USD", "down"),
            ("key_draft_revenue", "Receipts, budget year", "预算年度收入", 4901e6, "USD", "up", 4600e6, 5180e6),
            ("key_result", "Receipts less payments", "收支净额", -212.6e6, "USD", "up"),
        ),
    }


def landing_tables() -> dict[str, pd.DataFrame]:
    sides = {"receipts": (4800e6, 4700e6, 4934e6), "payments": (4600e6, 4650e6, 4713e6)}
    rows = []
    for account, (prior, people, ours) in sides.items():
        amounts = {"prior": prior, "naive": None, "people": people, "ours": ours, "first": people * 0.98}
        rows += [
            {"account": account, "forecaster": who, "amount": amount, "lower": ours * 0.96 if who == "ours" else None,
             "upper": ours * 1.05 if who == "ours" else None} for who, amount in amounts.items()
        ]  # fmt: skip
    figures = key_figures(
        ("key_revenue", "Receipts, landing", "收入落点", 4934e6, "USD", "up", 4737e6, 5180e6),
        ("key_spending", "Disbursements, landing", "支出落点", 4713e6, "USD", "down", 4524e6, 4949e6),
        ("adopted", "Adopted budget (obligations)", "批准预算（承付口径）", 4788e6, "USD", "neutral"),
    )
    return {"landing": pd.DataFrame(rows).astype({"amount": float, "lower": float, "upper": float}), "key_figures": figures}


def control_tables() -> dict[str, pd.DataFrame]:
    names = [
        ("Prisons", "监狱局"), ("Fleet & Property <Services>", "车队与资产管理"), ("Police", "警察局"), ("Fire", "消防局"),
        ("Streets", "街道局"), ("Health", "卫生局"), ("Library", "图书馆"),
    ]  # fmt: skip
    warnings = [
        {"department": str(at), "label_en": en, "label_zh": zh, "account": "obligations", "kind": "overspend", "amount": (9 - at) * 1.7e6,
         "lower": (9 - at) * 0.4e6, "upper": (9 - at) * 3.1e6, "odds": 0.9 - at / 20, "owner_en": en, "owner_zh": zh,
         "said_en": f"Lands above its adopted budget in {9 - at} of 10 years like this one; overtime drives it.",
         "said_zh": f"类似年度 10 年中有 {9 - at} 年超出批准预算；主要因加班费。",
         "action_en": "Freeze vacancies until March, and transfer $2.0 m from Streets, which is likely to leave that much.",
         "action_zh": "3 月前冻结空缺岗位；并自街道局调剂 2.0 百万美元（其预计结余足够）。"}
        for at, (en, zh) in enumerate(names)
    ]  # fmt: skip
    landing = [("adopted", 4788e6, None, None), ("projected", 4801e6, None, None), ("ours", 4822e6, 4760e6, 4885e6)]
    figures = key_figures(
        ("over", "Expected overspending", "预计超支", 34e6, "USD", "down", 12e6, 61e6),
        ("raised", "Warnings", "预警数", 7, "count", "down"),
        ("true", "Such warnings that came true", "以往同类预警命中率", 0.62, "rate", "up", 0.45, 0.77),
    )
    return {
        "warnings": pd.DataFrame(warnings), "key_figures": figures,
        "landing": pd.DataFrame(landing, columns=["what", "amount", "lower", "upper"]).astype({"lower": float, "upper": float}),
    }  # fmt: skip


def churn_tables() -> dict[str, pd.DataFrame]:
    people = [
        {"customer": f"{4021 + 7 * at}", "probability": 0.83 - at / 30, "charge": 95.5 - at, "gain": 118.2 - 9 * at,
         "said_en": "Month-to-month contract, fibre, three months here", "said_zh": "按月合约；光纤；入网 3 个月"} for at in range(9)
    ]  # fmt: skip
    figures = key_figures(
        ("risk", "Monthly charges at risk", "面临流失的月费", 139_130.0, "USD", "down", 128_400.0, 150_100.0),
        ("gain", "Net gain of the offers", "挽留净收益", 52_310.0, "USD", "up", 31_200.0, 74_900.0),
        ("months", "Median stay", "在网时长中位数", 29.0, "months", "up"),
    )
    return {"retention": pd.DataFrame(people), "key_figures": figures}


def return_tables() -> dict[str, pd.DataFrame]:
    rows = [("TV", "电视", 1.2e6, 1.9, 1.1, 2.8, 0.7, 0.3, 1.2), ("Search", "搜索", 0.9e6, 3.1, 2.4, 3.9, 1.6, 1.1, 2.2),
            ("Out of home", "户外", 0.4e6, 0.8, -0.2, 1.9, 0.4, -0.3, 1.1)]  # fmt: skip
    columns = ["label_en", "label_zh", "spend", "roi", "lower", "upper", "marginal", "marginal_lower", "marginal_upper"]
    figures = key_figures(
        ("spend", "Spend a year", "年投入", 2.5e6, "EUR", "neutral"), ("return", "Return", "回报率", 2.1, "rate", "up", 1.5, 2.8)
    )
    return {"returns": pd.DataFrame(rows, columns=columns), "key_figures": figures}


def project_tables() -> dict[str, pd.DataFrame]:
    rows = [
        ("Loyalty app", "会员应用", 420_000.0, -80_000.0, 910_000.0, 0.86),
        ("Studio lease", "演播室租赁", -95_000.0, -310_000.0, 90_000.0, 0.22),
    ]
    return {"projects": pd.DataFrame(rows, columns=["label_en", "label_zh", "npv", "lower", "upper", "odds"])}


def score_tables() -> dict[str, pd.DataFrame]:
    rows = [
        {
            "department": str(at), "label_en": f"Department {chr(64 + at)}", "label_zh": f"第{at}部门", "score": 92.0 - 4 * at,
            "rank": float(at), "rank_lower": float(max(1, at - 2)), "rank_upper": float(min(12, at + 2)),
            "said_en": "Overtime above plan (−6.2), projection met (+1.4)", "said_zh": "加班超计划（−6.2），预测准确（+1.4）",
        }
        for at in range(1, 13)
    ]  # fmt: skip
    small = rows[0] | {"label_en": "Tiny office", "label_zh": "小办公室", "rank": None, "rank_lower": None, "rank_upper": None}
    return {
        "scorecards": pd.DataFrame([*rows, small]),
        "key_figures": key_figures(("s", "Median score", "得分中位数", 68.0, "score", "up")),
    }


def build(root: Path) -> Home:
    """A home with everything that the cockpit shows."""
    toy.build(root)
    home = Home(root, root / "outputs")
    shutil.copytree(ROOT / "notebooks" / "views", root / "notebooks" / "views")
    for company, (en, zh, currency, people_en, people_zh) in WORDS.items():
        words = {"company": company, "label_en": en, "label_zh": zh, "currency": currency, "people_en": people_en, "people_zh": people_zh}
        words["roles"] = {"revenue": "receipts", "spending": "payments"}
        (root / "params" / company).mkdir()
        (root / "params" / company / "company.yaml").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    accounts = [("receipts", "Receipts", "收入", "up"), ("payments", "Disbursements", "支出", "down")]
    snapshot = home.outputs / "town" / "snapshots" / "84b9720b42711cd7"
    snapshot.mkdir(parents=True)
    pd.DataFrame(accounts, columns=["code", "label_en", "label_zh", "better"]).to_parquet(snapshot / "accounts.parquet")
    _write_runs(home)
    _write_book(home)
    return home


def _write_runs(home: Home) -> None:
    million = {"scale": "million"}
    write_run(home, 1, "town", "annual_budget", "2022", BUDGET_HEADLINE, budget_tables(), million | {"fiscal_year": 2022})
    older = {"en": "An older answer.", "zh": "较早的结论。"}
    for number, as_of, said in ((2, "2020-12", older), (3, "2021-12", {
        "en": "Receipts land at $4,934.0 m, $234.0 m above the Town's own first forecast. Disbursements land at $4,713.0 m, "
        "$75.0 m below the adopted budget.",
        "zh": "收入落点 4,934.0 百万美元，较小镇年初自有预测高 234.0 百万美元。支出落点 4,713.0 百万美元，较批准预算低 75.0 百万美元。",
    })):  # fmt: skip
        params = million | {"as_of": as_of}
        write_run(home, number, "town", "rolling_reforecast", f"{as_of[:4]}_q2", said, landing_tables(), params)
    write_run(home, 4, "town", "rolling_reforecast", "2021_q2_zh", said, landing_tables(), params | {"lang": "zh"})
    control = {
        "en": "The year lands at $4,822.0 m, $34.0 m above the adopted budget (8 in 10); 7 warnings, of such 6 in 10 came true.",
        "zh": "全年落点 4,822.0 百万美元，超批准预算 34.0 百万美元（概率八成）；7 项预警，以往同类预警六成应验。",
    }
    write_run(home, 5, "town", "budget_control", "2021_q3", control, control_tables(), million | {"as_of": "2021-03"})
    write_run(home, 6, "town", "budget_control", "2021_q3", "checks failed", status="failed", params=million | {"as_of": "2021-03"})
    churn = {
        "en": "1,869 of 7,043 subscribers may leave; offers to 640 gain $52.3 k.",
        "zh": "7,043 户中 1,869 户可能流失；向 640 户提供优惠可净增收益。",
    }
    write_run(home, 7, "phone", "churn_prediction", "subscribers", churn, churn_tables())
    channels = {
        "en": "Search pays back on the margin; TV and out of home can't be told from 1.0.",
        "zh": "搜索渠道边际回报大于 1；电视与户外尚不能断定。",
    }
    write_run(home, 8, "shop", "roi_prediction", "channels", channels, return_tables())
    write_run(
        home, 9, "shop", "roi_prediction", "projects", {"en": "One of two projects pays.", "zh": "两个项目中一个可行。"}, project_tables()
    )
    scores = {"en": "Department A leads, but five can't be told from it.", "zh": "第1部门领先，但与其后五个部门无法区分。"}
    write_run(home, 10, "town", "scorecard_review", "2021", scores, score_tables(), {"fiscal_year": 2021})


def _write_book(home: Home) -> None:
    """Versions of the toy company: one submitted, one open."""
    people = {
        "ana": Person("ana", "Planner", "编制人", ("owner",), frozenset(), True),
        "ben": Person("ben", "Controller", "财务主管", ("finance",), frozenset(), False),
        "cai": Person("cai", "Board", "董事会", ("committee",), frozenset(), False),
    }
    book = open_book(home.outputs / "book.sqlite")
    for version in ("2022_v1", "2023_v1"):
        book.create_version("toy", "budget", version, "ana")
        book.save("toy", "budget", version, _plan(version), 0, "ana", digits=2, comment="from the departments")
    book.submit_version("toy", "budget", "2022_v1", "ana", people, "first draft, as agreed with the departments", 1)


def _plan(version: str) -> pd.DataFrame:
    cell = {"scenario": "budget", "version": version, "case": "base", "entity": "group", "cost_centre": "all", "layer": "booked",
            "grain": "month", "account": "toys", "period": pd.Timestamp("2027-01-01"), "amount": 100.0}  # fmt: skip
    return pd.DataFrame([cell])


def build_with_password(root: Path) -> Home:
    """The same home, its password set."""
    home = build(root)
    done = command(home, "serve", "--set-password", typed=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    return home


def command(home, *words: str, typed: str = "", **more: str) -> subprocess.CompletedProcess:
    """A command in a process of its own, with something typed into it."""
    return subprocess.run(
        toy.command(*words), env=toy.environment(home.root, **more), cwd=home.root, input=typed, capture_output=True, text=True, timeout=120
    )


@contextmanager
def serving(home, **more: str):
    """`planning serve` on a free port; its address and its process."""
    process = toy.start(home.root, "serve", "--port", "0", "--json", **more)
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield json.loads(line)["address"], process
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
