"""The charts of the reports, in the notation finance people know (IBCS). Each takes a table and returns a figure.

Every bar starts at zero; figures that are compared share one scale; a missing figure is a dash and never a bar of 0.
Common arguments: `title` the message; `measure`, `unit`, `period` what is shown; `lang` en or zh; `source` what stands below;
`better` which way is good (up, down, neutral), for the colours; `notes` further remarks below the chart.
"""

from planning.view.bridge import show_bridge
from planning.view.cases import show_cases
from planning.view.landing import show_landing
from planning.view.months import show_months
from planning.view.top_down import show_top_down_bottom_up
from planning.view.trial import show_trial

__all__ = ["show_bridge", "show_cases", "show_landing", "show_months", "show_top_down_bottom_up", "show_trial"]
