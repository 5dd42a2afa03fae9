"""What was measured, against its budget: printed as it comes, written to README.md by a run of a whole group."""
import datetime
import os
import platform
import re
import subprocess

from load import ROOT

SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
results = []  # (what, measured, budget, holds)
tables = []  # Markdown that goes behind the results
written = {"results": 0, "tables": 0}  # of both, how many are in the README already


def record(what, value, unit, budget=None, at_least=False):
    if budget is None:
        results.append((what, f"{value:.4g} {unit}", "", None))
    else:
        holds = value >= budget if at_least else value <= budget
        results.append((what, f"{value:.4g} {unit}", f"{'≥' if at_least else '≤'} {budget:.4g} {unit}", holds))
    print(f"{what:<62} {results[-1][1]:>14}  {results[-1][2]:>14}  "
          f"{'' if results[-1][3] is None else 'ok' if results[-1][3] else 'MISSED'}", flush=True)


def compare(title, ours, theirs):
    """A table of {(what, connections): figures}: ours, and how many times a peer's it is; None: it refused."""
    print(f"\n{'requests/s':<28}{'conns':>6}{'sls-local':>11}{'p50 ms':>8}{'p99 ms':>8}"
          + "".join(f"{name:>20}" for name in theirs))
    rows = ["| operation | connections | sls-local, req/s | p50, ms | p99, ms | " + " | ".join(theirs) + " |",
            "|---" * (5 + len(theirs)) + "|"]
    for (what, connections), figure in ours.items():
        cells = []
        for figures in theirs.values():
            other = figures.get((what, connections))
            cells.append(f"{other['rate']:,.0f} ({figure['rate'] / other['rate']:.3g} x)" if other else "refused")
        print(f"{what:<28}{connections:>6}{figure['rate']:>11,.0f}{figure['p50']:>8.3g}{figure['p99']:>8.3g}"
              + "".join(f"{cell:>20}" for cell in cells))
        rows.append(f"| {what} | {connections} | {figure['rate']:,.0f} | {figure['p50']:.3g} | {figure['p99']:.3g} | "
                    + " | ".join(cells) + " |")
    tables.append(f"{title}:\n\n" + "\n".join(rows) + "\n")


def write_part(group):
    """What was recorded since the last part, as the README's part of this group."""
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    rows = [f"| {what.strip()} | {value} | {budget} | {'' if holds is None else 'yes' if holds else '**no**'} |"
            for what, value, budget, holds in results[written["results"]:]]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    part = f"""<!-- figures: {group} -->

`./dev bench {group}`, {datetime.date.today()}, {os.cpu_count()} × {cpu}, Linux {platform.release()}, node {node}, \
python {platform.python_version()}; wrk with one thread beside it on the same cores, {SECONDS} s each.

| what | measured | budget | holds |
|---|---|---|---|
""" + "\n".join(rows) + "\n" + "".join("\n" + table for table in tables[written["tables"]:])
    written.update(results=len(results), tables=len(tables))
    readme = ROOT / "bench/README.md"
    parts = re.split(r"(?=^<!-- figures: \w+ -->$)", readme.read_text().rstrip("\n") + "\n", flags=re.M)
    old = [i for i, text in enumerate(parts) if text.startswith(f"<!-- figures: {group} -->")]
    if old:
        parts[old[0]] = part
    else:
        parts.append(part)
    readme.write_text("\n".join(text.rstrip("\n") + "\n" for text in parts))
