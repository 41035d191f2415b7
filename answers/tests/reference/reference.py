"""Makes the reference values of survival.rs: reads cases.json, writes lifelines.json and r-survival.json beside it.

    python -m venv VENV && VENV/bin/pip install lifelines==0.30.3
    apt-get install r-cran-survival
    VENV/bin/python answers/tests/reference/reference.py demo/repd-2024q2.csv

Not run by CI. Cases are lists of [entry, exit, ending] in whole days; the ending is null (lost from sight) or a number. The
register's cases are made from the CSV on the first run, as days from submission to the first of granted, refused and
withdrawn, or to the edition's day.

Neither counts a thing as at risk at the age of its entry (lifelines does at age 0), so that both are given entry - 1.
lifelines has no Aalen-Johansen with late entry, so that incidences with late entry are R's alone.
"""

import csv
import datetime
import json
import math
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

HERE = pathlib.Path(__file__).parent
EDITION = datetime.date(2024, 6, 30)
SMALL = {
    "ties": [[0, 3, 1], [0, 3, None], [0, 3, 2], [0, 5, 1], [0, 5, None], [0, 8, 2], [0, 8, 1], [0, 13, None]],
    "zero days": [[0, 0, 1], [0, 0, None], [0, 0, 2], [0, 4, 1], [0, 7, 2], [0, 7, None], [0, 9, 1]],
    "no events": [[0, 2, None], [0, 4, None], [0, 4, None], [0, 6, None], [0, 9, None]],
    "all end": [[0, 1, 1], [0, 2, 2], [0, 2, 1], [0, 5, 1], [0, 9, 1]],
    "late entry": [[0, 4, 1], [2, 6, None], [2, 7, 1], [3, 9, 2], [4, 9, None], [0, 11, 1], [5, 11, 2], [7, 14, None]],
    "an ending on the day of entry": [[0, 6, 1], [0, 8, None], [5, 5, 2], [5, 9, 1], [0, 9, 2], [9, 12, 1], [1, 14, None]],
}


def date(text):
    try:
        found = datetime.datetime.strptime(text.strip(), "%d/%m/%Y").date()
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2024 else None


def register(path):
    """Days from submission to the first ending, of every 20th row with a submission and no impossible order."""
    ends = {"Planning Permission Granted": 1, "Planning Permission Refused": 2, "Planning Application Withdrawn": 3}
    whole, late = [], []
    for at, row in enumerate(csv.DictReader(open(path, encoding="utf-8-sig", errors="replace"))):
        submitted = date(row["Planning Application Submitted"])
        if at % 20 or not submitted or submitted > EDITION:
            continue
        found = sorted((ended, way) for name, way in ends.items() if (ended := date(row[name])))
        ended, way = found[0] if found and found[0][0] <= EDITION else (EDITION, None)
        if ended < submitted:
            continue
        whole.append([0, (ended - submitted).days, way])
        # As if a source had begun to observe in 2015.
        entry = max((datetime.date(2015, 1, 1) - submitted).days, 0)
        if entry <= (ended - submitted).days:
            late.append([entry, (ended - submitted).days, way])
    return {"register": whole, "register, late entry": late}


def by_lifelines(case):
    entry, exit_, ending = zip(*case)
    fitter = KaplanMeierFitter(alpha=0.05)
    late = [max(e - 1, 0) for e in entry] if any(entry) else None
    fitter.fit(exit_, event_observed=[e is not None for e in ending], entry=late)
    table, survival, band = fitter.event_table, fitter.survival_function_.iloc[:, 0], fitter.confidence_interval_
    rows = []
    for age in sorted(set(exit_)):
        at = float(age)
        s, low, high = survival.loc[at], band.iloc[:, 0].loc[at], band.iloc[:, 1].loc[at]
        inside = 0.0 < s < 1.0
        rows.append({"age": age, "at_risk": int(table.at_risk.loc[at] - (table.entrance.loc[at] if age else 0)), "survival": float(s),
                     "lower": float(low) if inside else None, "upper": float(high) if inside else None})
    return rows


R = r"""
suppressMessages(library(survival)); args <- commandArgs(TRUE); d <- read.csv(args[1])
out <- function(x) formatC(x, digits = 17, format = "g")
s <- survfit(Surv(start, stop, ending > 0) ~ 1, d, conf.type = "log-log", timefix = FALSE)
variance <- (s$surv * s$std.err)^2
cat("S", paste(s$time, s$n.risk, out(s$surv), out(variance), out(s$lower), out(s$upper)), sep = "\n")
if (any(d$ending > 0)) {
  d$id <- seq_len(nrow(d)); d$how <- factor(d$ending, levels = 0:3)
  a <- survfit(Surv(start, stop, how) ~ 1, d, id = id, timefix = FALSE)
  cat("F", paste(a$time, out(a$pstate[, 2]), out(a$pstate[, 3]), out(a$pstate[, 4])), sep = "\n")
}
"""


def by_r(case):
    table = pd.DataFrame([[e - 1, x, w or 0] for e, x, w in case], columns=["start", "stop", "ending"])
    table.to_csv("/tmp/reference-case.csv", index=False)
    said = subprocess.run(["Rscript", "-e", R, "/tmp/reference-case.csv"], capture_output=True, text=True, check=True).stdout
    number = lambda text: None if text.strip() in ("NA", "NaN", "Inf") else float(text)
    survival, incidence, rows = [], [], None
    for line in said.split("\n"):
        if line in ("S", "F"):
            rows = survival if line == "S" else incidence
        elif line.strip():
            rows.append([number(part) for part in line.split()])
    exits = {x for _, x, _ in case}
    name = lambda row, names: dict(zip(names, row))
    return {"survival": [name(r, ["age", "at_risk", "survival", "variance", "lower", "upper"]) for r in survival if r[0] in exits],
            "incidence": [name(r, ["age", "1", "2", "3"]) for r in incidence if r[0] in exits]}


def main():
    cases = {**SMALL, **register(sys.argv[1])}
    # One case a line.
    write = lambda name, of: (HERE / name).write_text(
        "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in of.items()) + "\n}\n")
    write("cases.json", cases)
    write("lifelines.json", {name: by_lifelines(case) for name, case in cases.items()})
    write("r-survival.json", {name: by_r(case) for name, case in cases.items()})


main()
