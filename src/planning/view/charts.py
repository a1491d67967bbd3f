"""The charts of the reports, in the notation finance people know (IBCS). Each takes a table and returns a figure.

Every bar starts at zero; figures that are compared share one scale; a missing figure is a dash and never a bar of 0.
Common arguments: `title` the message; `measure`, `unit`, `period` what is shown; `lang` en or zh; `source` what stands below;
`better` which way is good (up, down, neutral), for the colours; `notes` further remarks below the chart.
"""

from planning.view.bridge import show_bridge
from planning.view.calibration import show_calibration
from planning.view.cases import show_cases
from planning.view.coverage import show_coverage
from planning.view.cumulative import show_cumulative
from planning.view.fan_chart import show_fan
from planning.view.gain_curve import show_gain_curve
from planning.view.landing import show_landing
from planning.view.month_panels import show_month_panels
from planning.view.months import show_months
from planning.view.negotiation import show_negotiation
from planning.view.points import show_points
from planning.view.project_lines import show_running_totals, show_value_profiles
from planning.view.project_odds import show_project_odds
from planning.view.ranks import show_ranks
from planning.view.shares import show_shares
from planning.view.small_multiples import show_small_multiples
from planning.view.stakes import show_stakes
from planning.view.tallies import Tally, show_tallies
from planning.view.top_down import show_top_down_bottom_up
from planning.view.tornado_chart import show_tornado
from planning.view.trial import show_trial

__all__ = [
    "Tally",
    "show_bridge",
    "show_calibration",
    "show_cases",
    "show_coverage",
    "show_cumulative",
    "show_fan",
    "show_gain_curve",
    "show_landing",
    "show_month_panels",
    "show_months",
    "show_negotiation",
    "show_points",
    "show_project_odds",
    "show_ranks",
    "show_running_totals",
    "show_shares",
    "show_small_multiples",
    "show_stakes",
    "show_tallies",
    "show_top_down_bottom_up",
    "show_tornado",
    "show_trial",
    "show_value_profiles",
]
