"""Made-up subscribers whose odds of leaving are known."""

import numpy as np
import pandas as pd

from planning.model.churn import probability_of

TERMS = {"margin": 0.5, "save_rate": 0.3, "offer_cost": 20.0, "months_kept": 10.0, "auc_ceiling": 0.86, "leave_out": []}
TERMS |= {"fair_groups": [], "discount_rate": 0.08, "months_ahead": 24}
CONTRACT = {"monthly": 1.0, "yearly": -1.0}
"""What a contract adds to the log-odds; tenure takes 0.05 a month, a noise attribute nothing."""
LABELS = pd.DataFrame(
    [
        ("contract", "Contract", "合同", "monthly", "by the month", "按月"),
        ("contract", "Contract", "合同", "yearly", "by the year", "按年"),
        ("colour", "Colour", "颜色", "red", "red", "红"),
        ("colour", "Colour", "颜色", "blue", "blue", "蓝"),
        ("colour", "Colour", "颜色", "green", "green", "绿"),
    ],
    columns=["attribute", "label_en", "label_zh", "value", "value_en", "value_zh"],
)


def subscribers(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """An event table `customers` and everybody's true probability of leaving."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({
        "customer": [f"c{number}" for number in range(n)],
        "tenure": np.floor(rng.exponential(25, n)).clip(0, 80),
        "monthly_charge": rng.uniform(20, 120, n).round(2),
        "contract": rng.choice(list(CONTRACT), n),
        "colour": rng.choice(["red", "blue", "green"], n),
    })  # fmt: skip
    truth = probability_of(table["contract"].map(CONTRACT) - 0.05 * table["tenure"])
    table["left"] = rng.random(n) < truth
    table["total_charge"] = (table["tenure"] * table["monthly_charge"]).where(table["tenure"] > 0)
    return table, truth
