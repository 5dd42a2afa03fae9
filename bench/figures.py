"""What was measured, against its budget: printed as it comes, written to README.md by a full run."""
import datetime
import os
import platform
import subprocess

from load import ROOT

SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
results = []  # (what, measured, budget, holds)
tables = []  # Markdown that a full run writes behind the results


def record(what, value, unit, budget=None, at_least=False):
    if budget is None:
        results.append((what, f"{value:.4g} {unit}", "", None))
    else:
        holds = value >= budget if at_least else value <= budget
        results.append((what, f"{value:.4g} {unit}", f"{'≥' if at_least else '≤'} {budget:.4g} {unit}", holds))
    print(f"{what:<62} {results[-1][1]:>14}  {results[-1][2]:>14}  "
          f"{'' if results[-1][3] is None else 'ok' if results[-1][3] else 'MISSED'}", flush=True)


def write_readme(sections):
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    rows = [f"| {what.strip()} | {value} | {budget} | {'' if holds is None else 'yes' if holds else '**no**'} |"
            for what, value, budget, holds in results]
    readme = ROOT / "bench/README.md"
    head = readme.read_text().split("<!-- figures -->")[0]
    readme.write_text(head + "<!-- figures -->\n\n" + f"""`./dev bench{' ' + ' '.join(sections) if sections else ''}`, \
{datetime.date.today()}, {os.cpu_count()} × {cpu}, Linux {platform.release()}, node \
{subprocess.run(['node', '--version'], capture_output=True, text=True).stdout.strip()}, python {platform.python_version()}; \
wrk with one thread beside it on the same cores, {SECONDS} s each.

| what | measured | budget | holds |
|---|---|---|---|
""" + "\n".join(rows) + "\n" + "".join("\n" + table for table in tables))
