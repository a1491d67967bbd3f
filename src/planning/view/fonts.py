"""Which fonts the charts use: the one matplotlib carries, and an installed Chinese one where there is one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from matplotlib import font_manager

LATIN = "DejaVu Sans"
"""Comes with matplotlib, so a chart looks the same on every machine."""

CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei", "Heiti SC", "Droid Sans Fallback", "Noto Sans CJK JP",
    "Noto Sans CJK TC", "Noto Serif CJK SC", "SimSun", "AR PL UMing CN", "Arial Unicode MS",
)  # fmt: skip
"""Families that hold simplified Chinese, the best first. Older matplotlibs see only the first face of a collection (JP)."""

FILE_HINTS = ("notosanscjk", "notosanssc", "sourcehansans", "wqy", "msyh", "pingfang", "simhei", "droidsansfallback", "uming")


@lru_cache(maxsize=1)
def chinese_font() -> str | None:
    """The family to draw Chinese with; none when the machine has none."""
    return _known_family() or _newly_found_family()


def font_families(lang: str) -> list[str]:
    """The fonts of a chart in order: the reader's script first, the other as the fallback."""
    chinese = [family for family in [chinese_font()] if family]
    return [*chinese, LATIN] if lang == "zh" else [LATIN, *chinese]


def lacks_font(lang: str) -> bool:
    """Whether the chart's language can't be drawn on this machine."""
    return lang == "zh" and chinese_font() is None


def _known_family() -> str | None:
    known = {font.name for font in font_manager.fontManager.ttflist if Path(font.fname).exists()}
    return next((family for family in CHINESE if family in known), None)


def _newly_found_family() -> str | None:
    """matplotlib remembers the fonts of its first run; one that was installed later is added here."""
    for path in sorted(font_manager.findSystemFonts()):
        if any(hint in Path(path).name.lower().replace("-", "") for hint in FILE_HINTS):
            font_manager.fontManager.addfont(path)
    return _known_family()
