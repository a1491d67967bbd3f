"""The cockpit in a real Chromium: signed out and signed in, in English and Chinese, on a desk and on a phone."""

import re

import page_outputs as at
import pytest
from page_outputs import PASSWORD

LANGS = {"en": ("Cockpit", "en"), "zh": ("经营驾驶舱", "zh-Hans")}
WIDTHS = {"desktop": 1280, "phone": 390}
PARTS = ["plan", "forecast", "control", "waiting", "customers", "returns", "scorecards", "runs"]
SPILLS = """() => [...document.querySelectorAll("main *, header *")].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && !one.closest("caption, thead") && (box.right > document.documentElement.clientWidth + 1 || box.left < -1);
}).map(one => one.outerHTML.slice(0, 120))"""
FAINT = """() => {
  const light = ([r, g, b]) => {
    const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const read = colour => colour.match(/[\\d.]+/g).map(Number);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const colour = read(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const own = one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll("body *")].filter(own).filter(one => one.tagName !== "STYLE").map(one => {
    const [a, b] = [light(read(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), one.textContent.trim().slice(0, 40)];
  }).filter(([ratio]) => ratio < 4.5);
}"""
UNNAMED = """() => [...document.querySelectorAll("a, button, input:not([type=hidden])")].filter(one =>
  !(one.textContent.trim() || one.getAttribute("aria-label") || (one.labels && one.labels.length))).map(one => one.outerHTML)"""


def test_a_stranger_sees_the_sign_in_and_nothing_else(open_page, keep):
    for name, width in WIDTHS.items():
        page = open_page(width, signed_in=False)
        assert re.search(r"/login\?next=", page.url) and page.title() == "Sign in · 登录"
        assert "Town" not in page.content() and page.evaluate(SPILLS) == [] and page.evaluate(FAINT) == []
        assert page.evaluate("document.activeElement.id") == "password", "one can type at once"
        keep(page, f"signed_out_{name}")


def test_a_wrong_password_is_said_beside_the_field(open_page, address, keep):
    page = open_page(390, signed_in=False)
    page.fill("#password", "wrong horse battery")
    with page.expect_response(lambda answer: answer.status == 401):
        page.keyboard.press("Enter")
    page.wait_for_selector("#said")
    assert "The password is wrong." in page.inner_text("#said") and "密码错误。" in page.inner_text("#said")
    assert page.input_value("#password") == "" and page.get_attribute("#password", "aria-describedby") == "said"
    keep(page, "wrong_password_phone")


@pytest.mark.parametrize("device", WIDTHS)
@pytest.mark.parametrize("lang", LANGS)
def test_the_cockpit_is_whole_readable_and_asks_no_other_host(open_page, keep, lang, device):
    page = open_page(WIDTHS[device], path=f"?lang={lang}")
    title, html_lang = LANGS[lang]
    assert page.title() == title and page.get_attribute("html", "lang") == html_lang
    assert page.eval_on_selector_all("section", "parts => parts.map(part => part.id)") == PARTS
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[device] and page.evaluate(SPILLS) == []
    assert page.evaluate(FAINT) == [], "contrast of 4.5 and more"
    assert page.evaluate(UNNAMED) == [] and page.locator("h1").count() == 1 and page.locator("script").count() == 0
    keep(page, f"cockpit_{lang}_{device}")


def test_on_a_phone_every_figure_keeps_its_heading(open_page):
    page = open_page(390)
    assert page.locator("thead").first.evaluate("head => head.getBoundingClientRect().height") <= 1
    cells = page.locator("#customers td.figure")
    labels = cells.evaluate_all("cells => cells.map(cell => getComputedStyle(cell, '::before').content)")
    assert labels and all(len(label) > 3 for label in labels)


def test_bars_stand_in_proportion(open_page):
    page = open_page()
    widths = page.locator("#control table.bars i.bar").evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().width)")
    assert widths == sorted(widths) and widths[2] / widths[0] == pytest.approx(4822 / 4788, abs=0.004)
    lefts = page.locator("#forecast i.bar").evaluate_all("bars => bars.map(bar => Math.round(bar.getBoundingClientRect().left))")
    assert len(set(lefts)) == 1, "all bars begin at one zero"


def test_the_language_is_one_click_away_and_back(open_page):
    page = open_page()
    page.click("header a")
    page.wait_for_selector("#runs")
    assert page.url.endswith("/?lang=zh") and page.title() == "经营驾驶舱"
    page.click("header a")
    page.wait_for_selector("#runs")
    assert page.title() == "Cockpit"


def test_a_report_is_one_click_away(open_page, keep):
    page = open_page()
    page.click("#plan a.report")
    assert page.inner_text("h1") == f"Report {at.run_id(1)}" and page.url.endswith(f"{at.run_id(1)}/report.html")
    keep(page, "report_desktop")
    page.go_back()
    page.wait_for_selector("#runs")


def test_signing_out_shuts_the_page_also_for_the_back_button(open_page):
    page = open_page()
    page.click("header button")
    assert "You are signed out." in page.inner_text("main, body") and "已退出登录" in page.inner_text("body")
    page.go_back()
    page.wait_for_selector("#password")
    assert "Town" not in page.content()


def test_who_is_signed_in_is_not_asked_again(open_page):
    page = open_page(path="login")
    page.wait_for_selector("#runs")
    assert page.title() == "Cockpit"


def test_printed_it_is_figures_without_buttons(open_page):
    page = open_page()
    page.emulate_media(media="print")
    assert not page.locator("header nav").is_visible() and not page.locator("nav.contents").is_visible()
    assert page.locator("#forecast h3").is_visible() and page.locator("#forecast i.bar").first.is_visible()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(open_page):
    page = open_page()
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached[:3] == ["中文", "Sign out", "Plan"]


def test_what_hides_in_a_report_neither_runs_nor_asks_anybody(chromium, address, tmp_path):
    home = at.build_with_password(tmp_path / "home")
    report = home.outputs / "town" / "annual_budget" / at.run_id(1) / "report.html"
    hostile = '<script>document.title="ran"</script><img src="http://evil.example/x.png" onerror="document.title=1"><h1>Report</h1>'
    report.write_text(f"<!DOCTYPE html><html><head><title>kept</title></head><body>{hostile}</body></html>", encoding="utf-8")
    with at.serving(home) as (own, _):
        context = chromium.new_context(base_url=own)
        page = context.new_page()
        sent = []
        page.on("response", lambda answer: sent.append(answer.url))
        page.goto("/login")
        page.fill("#password", PASSWORD)
        page.click("button")
        page.goto(f"/reports/town/annual_budget/{at.run_id(1)}/report.html")
        assert page.inner_text("h1") == "Report" and page.title() == "kept"
        context.close()
    assert all(url.startswith(own) for url in sent)
