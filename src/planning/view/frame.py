"""The sheet every chart is drawn on: message, facts, legend, body, notes, source, laid out in pixels of a 1000-pixel report."""

from __future__ import annotations

import base64
import functools
import io
import math
import warnings
from collections.abc import Iterable, Sequence

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from planning.view.fonts import font_families, lacks_font
from planning.view.markup import escape
from planning.view.words import word

WIDTH, DPI, MARGIN = 1000, 100, 14
DARK, LIGHT, RULE, QUIET, INK = "#404040", "#C4C4C4", "#8C8C8C", "#666666", "#262626"
GOOD, BAD, NEUTRAL = "#2A7F3E", "#C0321F", "#7F7F7F"
BLUE, ORANGE, PURPLE = "#0072B2", "#E69F00", "#CC79A7"  # Okabe-Ito

TITLE, FACTS, LABEL, SMALL, TINY = 14.0, 9.5, 9.0, 8.0, 6.5
HATCH = "/////"

STYLES = {
    "actual": {"facecolor": DARK, "edgecolor": DARK},
    "prior": {"facecolor": LIGHT, "edgecolor": LIGHT},
    "budget": {"facecolor": "white", "edgecolor": DARK, "linewidth": 1.3},
    "forecast": {"facecolor": "white", "edgecolor": DARK, "hatch": HATCH},
    "people": {"facecolor": "white", "edgecolor": BLUE, "hatch": HATCH},
    "naive": {"facecolor": "white", "edgecolor": ORANGE, "hatch": HATCH},
    "combined": {"facecolor": "white", "edgecolor": PURPLE, "hatch": HATCH},
}
STYLES |= {"plan": STYLES["budget"], "target": STYLES["budget"]}
STYLES |= {
    f"trial:{key}": {"facecolor": c, "edgecolor": c}
    for key, c in {"ours": DARK, "people": BLUE, "naive": LIGHT, "combined": PURPLE, "other": PURPLE}.items()
}
STYLES |= {"state:gap": {"facecolor": "white", "edgecolor": BAD, "linewidth": 1.3}}
STYLES |= {f"state:{key}": {"facecolor": colour, "edgecolor": colour} for key, colour in {"open": BAD, "settled": NEUTRAL}.items()}
"""IBCS: the prior year lighter, actuals solid, plans outlined, forecasts hatched; those of others in Okabe-Ito colours."""

MARKS = {
    "people": {"color": BLUE, "marker": "D", "markersize": 5},
    "naive": {"color": ORANGE, "marker": "o", "markersize": 5},
    "combined": {"color": PURPLE, "marker": "s", "markersize": 4.5},
    "other": {"color": PURPLE, "marker": "s", "markersize": 4.5},
    "outside": {"color": BAD, "marker": "o", "markersize": 4.5},
    "earlier": {"color": RULE, "marker": "o", "markersize": 4.5},
    "told": {"color": DARK, "marker": "o", "markersize": 7},
    "untold": {"color": "white", "marker": "o", "markersize": 7, "markeredgecolor": DARK, "markeredgewidth": 1.3},
    "target": {"color": "white", "marker": "s", "markersize": 6.5, "markeredgecolor": DARK, "markeredgewidth": 1.3},
}
"""Reference figures beside a column: small marks, white-rimmed so that they show on dark and on light."""


LINES = {
    "line": {"color": DARK, "linewidth": 1.8},
    "broken": {"color": DARK, "linewidth": 1.3, "linestyle": (0, (4, 3))},
    "dotted": {"color": RULE, "linewidth": 1.2, "linestyle": (0, (1, 2))},
    "against": {"color": BLUE, "linewidth": 1.8},
    "area": {"color": LIGHT, "linewidth": 9, "alpha": 0.6, "solid_capstyle": "butt"},
    "path:ours": {"color": ORANGE, "linewidth": 1.0, "alpha": 0.75},
    "path:people": {"color": BLUE, "linewidth": 0.9, "alpha": 0.5},
}
"""Curves and what goes with them: seen, not yet seen, a line to compare with, the band around them, and paths as they were forecast."""


class Chart(Figure):
    """A figure of the report; a notebook shows it sharp, with its message as the alternative text."""

    alt = ""
    body_top = body_height = 0.0

    def png(self, zoom: float = 2) -> bytes:
        """The picture; the same bytes for the same figures on the same machine."""
        store = io.BytesIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a missing Chinese font is said in the chart
            self.savefig(store, format="png", dpi=DPI * zoom, metadata={"Software": None})
        return store.getvalue()

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.png()).decode()
        style = f"width:{WIDTH}px;max-width:100%;height:auto;background:#fff"
        return f'<img src="data:image/png;base64,{data}" alt="{escape(self.alt)}" style="{style}">'

    def _ipython_display_(self) -> None:
        from IPython.display import display  # only there where a notebook asks

        display({"text/html": self._repr_html_(), "text/plain": self.alt}, raw=True)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Pixels from the left and from the top → figure coordinates."""
        return x / WIDTH, 1 - y / self.height

    @property
    def height(self) -> float:
        """The sheet's height in pixels."""
        return self.get_figheight() * DPI

    def write(self, x: float, y: float, text: str, size: float = LABEL, **style):
        """Text at a place of the sheet; the top left corner of the text unless told otherwise."""
        style = {"va": "top", "ha": "left", "color": INK} | style
        return self.text(*self.place(x, y), text, fontsize=size, **style)

    def panel(self, left: float, top: float, width: float, height: float) -> Axes:
        """Bare axes at a place of the body (pixels from its top left corner)."""
        x, y = self.place(left, self.body_top + top + height)
        axes = self.add_axes((x, y, width / WIDTH, height / self.height))
        axes.set_axis_off()
        axes.patch.set_visible(False)
        return axes


def in_house_style(show):
    """Draws a chart in the house style and the fonts of its `lang`; dollar signs are no formulas."""

    @functools.wraps(show)
    def styled(*args, lang: str, **kwargs):
        style = {
            "font.family": font_families(lang), "text.parse_math": False, "hatch.linewidth": 0.9, "axes.unicode_minus": True,
            "figure.facecolor": "white", "savefig.facecolor": "white", "patch.linewidth": 0.9, "text.color": INK,
        }  # fmt: skip
        with rc_context(style):
            return show(*args, lang=lang, **kwargs)

    return styled


def open_sheet(*, title: str, facts: str, lang: str, source: str, body: float, legend: Sequence = (), notes: Iterable[str] = ()) -> Chart:
    """A sheet with everything around the body: `body` is its height in pixels, `legend` pairs of a style and a label."""
    inner = WIDTH - 2 * MARGIN
    head = wrap(title.strip().removesuffix("。").removesuffix("."), TITLE, inner, lang, bold=True)
    told = wrap(facts, FACTS, inner, lang)
    rows = _legend_rows(legend, inner, lang)
    said = [word("note", lang, note=note) for note in notes] + ([word("no_font", lang)] if lacks_font(lang) else [])
    foot = [line for text in [*said, word("source", lang, source=source)] for line in wrap(text, SMALL, inner, lang)]
    heights = [12 + 22 * len(head), 4 + 16 * len(told), 24 * len(rows), 12, body, 10, 14 * len(foot) + 8]
    chart = Chart(figsize=(WIDTH / DPI, sum(heights) / DPI), dpi=DPI)
    chart.alt, chart.body_top, chart.body_height = f"{title} ({facts})", sum(heights[:4]), body
    _write_lines(chart, head, 10, 22, TITLE, fontweight="bold")
    _write_lines(chart, told, heights[0], 16, FACTS, color=QUIET)
    for number, row in enumerate(rows):
        _draw_legend(chart, row, sum(heights[:2]) + 24 * number + 13)
    _write_lines(chart, foot, sum(heights[:6]), 14, SMALL, color=QUIET)
    return chart


def _write_lines(chart: Chart, lines: list[str], top: float, step: float, size: float, **style) -> None:
    for number, line in enumerate(lines):
        chart.write(MARGIN, top + number * step, line, size, **style)


def _legend_rows(legend: Sequence, width: float, lang: str) -> list[list]:
    rows, used = [], math.inf
    for key, label in legend:
        label = shorten(label, SMALL + 0.5, width - 60, lang)
        need = text_width(label, SMALL + 0.5, lang) + 48
        if used + need > width:
            rows.append([])
            used = 0
        rows[-1].append((key, label, used))
        used += need
    return rows


def _draw_legend(chart: Chart, row: list, y: float) -> None:
    for key, label, left in row:
        _draw_swatch(chart, key, MARGIN + left, y)
        chart.write(MARGIN + left + 24, y, label, SMALL + 0.5, va="center_baseline")


def _draw_swatch(chart: Chart, key: str, x: float, y: float) -> None:
    transform = chart.transFigure
    if key in STYLES:
        corner, size = chart.place(x + 1, y + 5), (16 / WIDTH, 10 / chart.height)
        chart.add_artist(Rectangle(corner, *size, transform=transform, **STYLES[key]))
        return
    if key == "band":
        ends = [chart.place(x + 9, y + dy) for dy in (-6, 6)]
        line = {"color": DARK, "marker": "_", "markersize": 7, "linewidth": 1.3}
    elif key in LINES:
        ends = [chart.place(x + dx, y) for dx in (0, 18)]
        line = LINES[key]
    else:
        ends = [chart.place(x + 9, y)]
        line = mark_style(key.removeprefix("mark:"))
    chart.add_artist(Line2D(*zip(*ends, strict=True), transform=transform, **line))


def bar_style(scenario: str) -> dict:
    """How a bar of the scenario is drawn."""
    return STYLES[check_scenario(scenario)]


def check_scenario(scenario: str) -> str:
    """The scenario, if there is a way to draw it."""
    if scenario not in STYLES:
        raise ValueError(f"scenario: expected one of {', '.join(key for key in STYLES if ':' not in key)}, got {scenario!r}")
    return scenario


def mark_style(key: str) -> dict:
    """How a reference figure is marked."""
    return {"markeredgecolor": "white", "markeredgewidth": 0.8, "linestyle": "none"} | MARKS.get(key, MARKS["other"])


def variance_colour(variance: float, better: str) -> str:
    """Green where the variance is favourable, red where it is not, grey where neither can be said."""
    if better not in ("up", "down", "neutral"):
        raise ValueError(f"better: expected up, down or neutral, got {better!r}")
    if better == "neutral" or not variance or math.isnan(variance):
        return NEUTRAL
    return GOOD if (variance > 0) == (better == "up") else BAD


@functools.lru_cache(maxsize=1)
def _ruler() -> RendererAgg:
    return RendererAgg(WIDTH, WIDTH, DPI)


@functools.lru_cache(maxsize=8192)
def _measured(text: str, size: float, families: tuple[str, ...], bold: bool) -> float:
    font = FontProperties(family=list(families), size=size, weight="bold" if bold else "normal")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        return _ruler().get_text_width_height_descent(text, font, False)[0]


def text_width(text: str, size: float, lang: str, bold: bool = False) -> float:
    """How wide the text is drawn, in pixels."""
    return _measured(text, size, tuple(font_families(lang)), bold)


def widest(texts: Iterable[str], size: float, lang: str, bold: bool = False) -> float:
    """The width of the widest text, in pixels; 0 when there is none."""
    return max((text_width(text, size, lang, bold) for text in texts), default=0.0)


@functools.lru_cache(maxsize=8192)
def _advance(mark: str, size: float, families: tuple[str, ...], bold: bool) -> float:
    return (_measured(f"x{mark * 16}x", size, families, bold) - _measured("xx", size, families, bold)) / 16


def _length(text: str, size: float, lang: str, bold: bool) -> float:
    """The width of a text of any length, character by character (measuring long texts at once is slow)."""
    families = tuple(font_families(lang))
    return sum(_advance(mark, size, families, bold) for mark in text)


def _fitting(text: str, size: float, width: float, lang: str, bold: bool) -> int:
    """How many characters fit into the width; at least one."""
    families, used = tuple(font_families(lang)), 0.0
    for count, mark in enumerate(text):
        used += _advance(mark, size, families, bold)
        if used > width:
            return max(count, 1)
    return len(text)


def shorten(text: str, size: float, width: float, lang: str, bold: bool = False) -> str:
    """The text on one line, cut with … where it is wider than the width."""
    if _length(text, size, lang, bold) <= width:
        return text
    return text[: _fitting(text, size, width - _length("…", size, lang, bold), lang, bold)].rstrip() + "…"


NO_LINE_START = "，。、；：！？）》」』】％%,.;:!?)]}…"


SAFE = 0.97
"""Glyphs are set on whole pixels, so a long line comes out a little wider than the sum of its marks."""


def wrap(text: str, size: float, width: float, lang: str, bold: bool = False, most: int | None = None) -> list[str]:
    """The text in lines no wider than the width, broken at spaces or between Chinese characters; at most `most` lines."""
    lines, line, width = [], "", width * SAFE
    for piece in _pieces(str(text)):
        if line and _length((line + piece).rstrip(), size, lang, bold) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip(" ")
        while _length(line.rstrip(), size, lang, bold) > width and len(line) > 1:
            fits = _fitting(line, size, width, lang, bold)
            lines.append(line[:fits])
            line = line[fits:]
    lines.append(line.rstrip())
    if most and len(lines) > most:
        return [*lines[: most - 1], shorten(lines[most - 1], size, width - 12, lang, bold).removesuffix("…") + "…"]
    return lines


def _pieces(text: str) -> list[str]:
    """Where a line may break: after a space, and between Chinese characters but not before closing punctuation."""
    pieces = [""]
    for mark in text.replace("\n", " "):
        chinese = "\u2e80" <= mark <= "\uffef"
        before = pieces[-1][-1:]
        breaks = before == " " or ((chinese or "\u2e80" <= before <= "\uffef") and mark not in NO_LINE_START and mark != " ")
        if breaks and before not in "（《「『【":
            pieces.append(mark)
        else:
            pieces[-1] += mark
    return pieces
