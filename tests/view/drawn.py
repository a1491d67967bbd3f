"""Made-up figures and what every chart must keep to."""

import html
import itertools
import re
import warnings

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from planning.view.sentences import Unit

MILLION = 1e6
USD = Unit("USD", "million")
LONG = "Office of Behavioral Health, Intellectual Disability Services and everything else that a city may put on one line " * 2
HOSTILE = '<script>alert("$1 & $2")</script>'


def month_table(months: int, closed: int, level: float = 400.0) -> pd.DataFrame:
    """Months with a spike every sixth, the first `closed` of them actual."""
    periods = pd.date_range("2020-07-01", periods=months, freq="MS")
    amount = np.array([level * (1.7 if at % 6 == 5 else 1 + 0.02 * at) for at in range(months)]) * MILLION
    is_open = np.arange(months) >= closed
    band = {name: np.where(is_open, amount * share, np.nan) for name, share in (("lower", 0.93), ("upper", 1.07))}
    scenario = np.where(is_open, "forecast", "actual")
    return pd.DataFrame(
        {"period": periods, "amount": amount, "prior": amount * 0.98, "scenario": scenario, **band, "people": amount}
    )


def texts_of(chart) -> list:
    """Every visible text of a figure with its place in pixels."""
    canvas = FigureCanvasAgg(chart)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        chart.draw_without_rendering()
        found = [text for text in chart.findobj(Text) if text.get_visible() and text.get_text().strip()]
        return [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in found]


def assert_nothing_is_cut(chart) -> None:
    """Every text lies inside the sheet."""
    sheet = chart.bbox
    for text, box in texts_of(chart):
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= sheet.x1 + 1 and box.y1 <= sheet.y1 + 1
        assert inside, f"{text!r} at {box} leaves the sheet {sheet}"


def assert_no_overlap(chart) -> None:
    """No two texts cover each other by more than a hair."""
    for (one, a), (two, b) in itertools.combinations(texts_of(chart), 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(wide, high) <= 2.5, f"{one!r} and {two!r} overlap by {wide:.0f} × {high:.0f} pixels"


def words_of(chart) -> str:
    """All texts of a figure."""
    return "\n".join(text.get_text() for text in chart.findobj(Text))


def text_of(shown) -> str:
    """What a reader reads of a sentence, a table or a chart, with ordinary spaces."""
    said = words_of(shown) if hasattr(shown, "axes") else html.unescape(re.sub(r"<[^>]+>", " ", str(shown)))
    return re.sub(r"\s+", " ", said).strip()


def assert_readable(name: str, text: str):
    """Something is said, nothing left open or said twice."""
    assert text, name
    assert "nan" not in text.lower().split() and "None" not in text and "NaT" not in text and "{" not in text, (name, text)
    assert ",," not in text and ".." not in text and not re.search(r"\b1 months", text), (name, text)


def assert_chinese(name: str, text: str, known: set[str]):
    """No English word but those `known`, no half-width punctuation between Chinese characters."""
    assert not set(re.findall(r"[A-Za-z]{2,}", text)) - known, (name, text)
    assert not re.search(r"[\u4e00-\u9fff] ?[,;:.] ?[\u4e00-\u9fff]", text), (name, "half-width punctuation", text)
