"""Writes holidays-reference.csv: the holidays of 2010 to 2028 as PyPI `holidays` 0.109 has them.

    python -m venv venv && venv/bin/pip install holidays==0.109
    venv/bin/python holidays-reference.py > holidays-reference.csv

One line for each calendar and year: the calendar's id, the year, and the holidays as month-day.
"""

import holidays

assert holidays.__version__ == "0.109"

LAENDER = "BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH".split()
STATES = "ACT NSW NT QLD SA TAS VIC WA".split()
CALENDARS = {
    "gb-eng": ("GB", "ENG", None),
    "gb-sct": ("GB", "SCT", None),
    "gb-nir": ("GB", "NIR", None),
    "be": ("BE", None, None),
    "fr": ("FR", None, None),
    "nl": ("NL", None, None),
    "nl-terms": ("NL", None, None),
    "de": ("DE", None, None),
    **{f"de-{land.lower()}": ("DE", land, None) for land in LAENDER},
    "us-federal": ("US", None, None),
    "ca-federal": ("CA", None, ("public", "government")),
    **{f"au-{state.lower()}": ("AU", state, None) for state in STATES},
}

print("calendar,year,holidays")
for calendar, (country, subdivision, categories) in CALENDARS.items():
    more = {"categories": categories} if categories else {}
    for year in range(2010, 2029):
        days = holidays.country_holidays(country, subdiv=subdivision, years=year, **more)
        print(calendar, year, " ".join(sorted(f"{day:%m-%d}" for day in days)), sep=",")
