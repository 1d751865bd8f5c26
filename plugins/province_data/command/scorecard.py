"""The command that shows or prints a province's scorecard."""

from __future__ import annotations

from pathlib import Path

import click

from province_data.command import edge


@click.command()
@click.argument("province")
@click.option("--pdf", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write it as an official form to print and sign.")
def scorecard(province: str, file: Path | None) -> None:
    """Show the newest scorecard of PROVINCE (two digits): the last load of each dataset, counts only."""
    from province_data.mail.newest import called, newest_report
    from province_data.mail.render import render_province
    from province_data.paper.scorecard import print_scorecard
    from province_data.pipeline import open_run
    from province_data.store.database import connected

    run = open_run(edge.settings(), edge.now())
    with connected(run.dsn) as connection:
        report = newest_report(connection, run.catalog, province, run.settings.page_url, edge.now())
        kinds = called(connection, [province], edge.now().date())
    if file is None:
        click.echo(render_province(report).text)
        return
    file.write_bytes(print_scorecard(report, kinds.get(province, "tỉnh")))
    edge.console.print(f"{report.province_name}, {len(report.datasets)} datasets: {file}", soft_wrap=True)


COMMANDS = (scorecard,)
