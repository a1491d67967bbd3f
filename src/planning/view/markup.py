"""What a notebook shows as HTML: static, styled inline, without scripts, every word escaped."""

from __future__ import annotations

import html

FONT = "font-family:system-ui,'Segoe UI',Roboto,'Noto Sans','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
NO_MATH = "tex2jax_ignore mathjax_ignore"
"""Keeps MathJax from reading the text between two dollar signs as a formula."""


def escape(text) -> str:
    """Text as HTML."""
    return html.escape(str(text), quote=True)


class Html(str):
    """HTML that a notebook displays as it is; as text it is its source."""

    def _repr_html_(self) -> str:
        return str(self)


class Sentence(str):
    """A sentence; a notebook displays it as a paragraph."""

    def _repr_html_(self) -> str:
        return show_text(self)


def show_text(*paragraphs: str) -> Html:
    """Sentences as paragraphs; dollar signs stay dollar signs (in Markdown two of them would become a formula)."""
    style = f"{FONT};font-size:15px;line-height:1.5;color:#262626;max-width:1000px;margin:0.4em 0"
    lines = [f'<p style="{style}">{escape(paragraph)}</p>' for paragraph in paragraphs if paragraph]
    return Html(f'<div class="{NO_MATH}" style="background:#fff">{"".join(lines)}</div>')


def show_all(parts: object) -> None:
    """Shows every part of a cell, one below the other: one part, or several in a list; nothing where there are none."""
    from IPython.display import display  # only there where a notebook asks

    for part in parts if isinstance(parts, list) else [parts]:
        if part is not None:
            display(part)
