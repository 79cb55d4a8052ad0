"""The command line. Heavy imports wait inside the commands, so that `--help` is quick."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from pipeline import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="scutch")
def main() -> None:
    """Turn raw web text into a dataset people can trust."""


def _config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override a key of the config; may be repeated.",
    )(command)
    return click.option(
        "--config",
        "config_file",
        metavar="FILE",
        help="Your config; it needs only the keys that differ from the defaults.",
    )(command)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn what the user can mend into one line and exit code 2, and what the machine did into one line and 1."""
    from pipeline.config import ConfigError
    from pipeline.engine.conservation import ConservationError
    from pipeline.engine.executor import WorkerDiedError

    try:
        yield
    except ConfigError as error:
        click.echo(f"scutch: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        fix = "; free some room and run it again: it goes on from here, and what was there before is whole"
        click.echo(f"scutch: {error}{fix if full else ''}", err=True)
        sys.exit(1)
    except (ConservationError, WorkerDiedError) as error:
        click.echo(f"scutch: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("scutch: stopped; the next run goes on from here", err=True)
        sys.exit(130)


@main.command(short_help="Run the flow: input to dataset.")
@click.option("--input", "input_", metavar="PATH", help="A folder, a file, a glob or an fsspec URL.  [config: input]")
@click.option("--output", metavar="DIR", help="Where the dataset goes.  [config: output]")
@click.option("--workers", type=int, metavar="N", help="Worker processes; 0 is one per core.  [config: workers]")
@click.option("--plain", is_flag=True, help="Without Prefect: the same stages, the same bytes.")
@_config_options
def run(
    input_: str | None,
    output: str | None,
    workers: int | None,
    plain: bool,
    config_file: str | None,
    overrides: tuple[str, ...],
) -> None:
    """Run the flow: read the input, write the dataset, print a summary."""
    from pipeline import config as configs
    from pipeline import report

    with _plain_errors():
        named = {"input": input_, "output": output, "workers": workers}
        config = configs.load(_config_file(config_file), overrides, signals=False, **named)
        with report.progress() as progress:
            if plain:
                from pipeline.engine.run import run_all

                result = run_all(config, progress)
            else:
                report.note("starting Prefect (--plain goes without it)")
                from pipeline.flows.clean import clean

                result = clean(config, progress)
        report.summary(result)


@main.command(short_help="Judge a finished run again, by other rules.")
@click.argument("output", default="output")
@click.option(
    "--preset", metavar="NAME", help="gopher, c4, fineweb, gentle, or a YAML file of rules.  [config: judge.preset]"
)
@click.option("--workers", type=int, metavar="N", help="Worker processes; 0 is one per core.  [config: workers]")
@_config_options
def judge(
    output: str, preset: str | None, workers: int | None, config_file: str | None, overrides: tuple[str, ...]
) -> None:
    """Judge the pages of the run in OUTPUT again, by the rules of a preset or config, from what was measured of them.

    Nothing is read or cleaned again: only which pages are kept, and of which duplicates, is decided anew.
    """
    from pipeline import config as configs
    from pipeline import report

    with _plain_errors():
        named = [f"judge.preset={preset}"] if preset else []
        rules = configs.load(_config_file(config_file), [*overrides, *named], signals=False).judge
        with report.progress() as progress:
            from pipeline.engine.run import judge_again

            result = judge_again(output, rules, workers, progress)
        report.summary(result)


@main.command(short_help="How the signals of a run are spread.")
@click.argument("output", default="output")
@click.option(
    "--preset", metavar="NAME", help="gopher, c4, fineweb, gentle, or a YAML file of rules.  [config: judge.preset]"
)
@_config_options
def signals(output: str, preset: str | None, config_file: str | None, overrides: tuple[str, ...]) -> None:
    """Show how the signals of the run in OUTPUT are spread, and how many pages a preset or config would reject."""
    from pipeline import config as configs
    from pipeline import report
    from pipeline.engine.survey import survey

    with _plain_errors():
        named = [f"judge.preset={preset}"] if preset else []
        report.survey(*survey(output, configs.load(_config_file(config_file), [*overrides, *named]).judge))


@main.command(short_help="A page with every removed line, and why.")
@click.argument("page")
@click.option("--output", default="output", show_default=True, metavar="DIR", help="The output folder of the run.")
@click.option("--removed", is_flag=True, help="Only what was removed or changed.")
def explain(page: str, output: str, removed: bool) -> None:
    """Show PAGE with every removed line, its label, rule and evidence.

    PAGE is an id (or the start of one), a source path, a record id or a URL.
    """
    from pipeline import report
    from pipeline.engine import ask

    with _plain_errors():
        report.page(ask.find(output, page), only_changes=removed)


@main.command(short_help="The original text of a page.")
@click.argument("page")
@click.option("--output", default="output", show_default=True, metavar="DIR", help="The output folder of the run.")
def restore(page: str, output: str) -> None:
    """Write the original text of PAGE to standard output, exactly as it was."""
    from pipeline.engine import ask

    with _plain_errors():
        original = ask.restore(ask.find(output, page))
    sys.stdout.flush()
    sys.stdout.buffer.write(original)
    sys.stdout.buffer.flush()


@main.command(short_help="Make a release of the last good run.")
@click.option("--output", metavar="DIR", help="The output folder of the run.  [config: output]")
@click.option("--version", metavar="V", help="Name of the release.  [default: the day, as 2026.11.22]")
@_config_options
def release(output: str | None, version: str | None, config_file: str | None, overrides: tuple[str, ...]) -> None:
    """Make a release of the last good run: a folder with data, card, checksums and changes that stands on its own.

    Nothing is visible before it is whole and keeps the contract of the config (else exit code 3).
    """
    from pipeline import config as configs
    from pipeline import report

    with _plain_errors():
        settings = configs.load(_config_file(config_file), overrides, signals=False, output=output)
        from pipeline.release.check.contract import ContractError
        from pipeline.release.make import make

        try:
            made = make(settings.output, version, settings, progress=report.note)
        except ContractError as broken:
            click.echo(f"scutch: {broken}", err=True)
            sys.exit(3)
        report.release(made, settings.output)


@main.command(short_help="List the steps.")
@_config_options
def steps(config_file: str | None, overrides: tuple[str, ...]) -> None:
    """List the steps: version, whether the config has them on, parameters, and what they are for."""
    from pipeline import config as configs
    from pipeline import report

    with _plain_errors():
        report.steps(configs.load(_config_file(config_file), overrides))


@main.command(short_help="Check a config and the paths it names.")
@_config_options
def check(config_file: str | None, overrides: tuple[str, ...]) -> None:
    """Check a config: every key, every type, every step and every path it names."""
    from pipeline import config as configs
    from pipeline import ingest
    from pipeline.engine.run import named_files

    with _plain_errors():
        config = configs.load(_config_file(config_file), overrides)
        plan = ingest.plan(config.input, config.ingest)
        list(named_files(config))  # looks at each
        size = sum(source.size for source in plan.sources)
        click.echo(
            f"{_config_file(config_file) or configs.default_path().name}: good; {len(plan.sources)} files, {size / 1e6:.1f} MB in {config.input}"
        )


@main.command(short_help="Publish a release: folder, S3, Hugging Face Hub.")
@click.argument("version")
@click.option(
    "--to", required=True, metavar="URL", help="A folder, an fsspec URL (s3://...) or hf://datasets/OWNER/NAME."
)
@click.option("--output", default="output", show_default=True, metavar="DIR", help="The output folder of the release.")
@click.option(
    "--block",
    metavar="KIND/NAME",
    help="A Prefect block with credentials: secret/NAME or aws-credentials/NAME.  [env: SCUTCH_BLOCK]",
)
@click.option("--private", is_flag=True, help="If the repository on the Hub is not there yet, make it private.")
def publish(version: str, to: str, output: str, block: str | None, private: bool) -> None:
    """Publish the release VERSION, or `latest`: copy it and check it where it lies; nobody ever sees half of it."""
    from pipeline import report
    from pipeline.publish import publish as bring
    from pipeline.release.layout import find_release

    with _plain_errors():
        click.echo(bring(find_release(output, version).folder, to, block=block, private=private, note=report.note))


@main.command(short_help="Run on the schedule of the config.")
@_config_options
def serve(config_file: str | None, overrides: tuple[str, ...]) -> None:
    """Run on the schedule of the config, for as long as this command lives: one round at a time.

    A round reads the config anew, runs, makes a release and publishes it if the section `schedule` says so. Without
    PREFECT_API_URL a Prefect server is started beside it.
    """
    with _plain_errors():
        from pipeline.flows.serve import serve as serve_rounds

        serve_rounds(_config_file(config_file), overrides)


@main.command(short_help="Last good run, next one, what failed.")
@click.argument("output", default="output")
@_config_options
def status(output: str, config_file: str | None, overrides: tuple[str, ...]) -> None:
    """Say how OUTPUT stands: the last good run, the next, what failed since and why. Exit code 1 if the last one failed."""
    from pipeline import config as configs
    from pipeline import report
    from pipeline.status import status as status_of

    with _plain_errors():
        found = status_of(output, configs.load(_config_file(config_file), overrides, signals=False).schedule)
        report.status(found)
    sys.exit(0 if found.ok else 1)


@main.command(short_help="Check a release.")
@click.argument("release")
@click.option("--input", "input_", metavar="PATH", help="Its inputs: some pages are then rebuilt and compared.")
@click.option("--sample", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="How many pages.")
@click.option("--output", default="output", show_default=True, metavar="DIR", help="The output folder of the release.")
def verify(release: str, input_: str | None, sample: int, output: str) -> None:
    """Check RELEASE, a version, `latest` or a folder: its checksums, schema, counts and contract. Exit code 1 if it is bad."""
    from pipeline.release.check import verify as verifying

    with _plain_errors():
        found = verifying.verify(verifying.find(output, release), input_, sample)
    click.echo("\n".join(found.lines()))
    sys.exit(0 if found.good else 1)


@main.command(short_help="What changed between two releases, and why.")
@click.argument("before")
@click.argument("after")
@click.option(
    "--output", default="output", show_default=True, metavar="DIR", help="The folder whose releases they are."
)
@click.option("--to", metavar="FILE", help="Write the changes page by page into this Parquet file.")
def diff(before: str, after: str, output: str, to: str | None) -> None:
    """Show what changed from release BEFORE to AFTER (versions or folders), and why, with the rule responsible."""
    from pathlib import Path

    with _plain_errors():
        from pipeline.release.diff import changes
        from pipeline.release.layout import find_release

        found = changes.compare(find_release(output, before), find_release(output, after), Path(to) if to else None)
        click.echo(changes.text(found))
        if found.unexplained:
            click.echo(
                f"scutch: {found.unexplained} pages differ for no reason that is recorded; please report this", err=True
            )


@main.command(short_help="Record a removal request.")
@click.option("--url", metavar="U", help="Leave out the page at this address.")
@click.option("--id", "id_", metavar="I", help="Leave out the page of this id, or start of one.")
@click.option("--site", metavar="S", help="Leave out all pages of this domain or host and of those below it.")
@click.option("--note", default="", metavar="N", help="Who asked, and why; stays in the output folder.")
@click.option("--list", "list_", is_flag=True, help="Show all requests.")
@click.option("--withdraw", type=int, metavar="N", help="Withdraw request N: later releases have its pages again.")
@click.option("--output", default="output", show_default=True, metavar="DIR", help="The output folder of the run.")
def forget(
    url: str | None, id_: str | None, site: str | None, note: str, list_: bool, withdraw: int | None, output: str
) -> None:
    """Record a removal request: every later release leaves out what it names."""
    with _plain_errors():
        from pipeline.config import ConfigError
        from pipeline.release import forget as requests
        from pipeline.release.removals import history

        asked = [(kind, value) for kind, value in (("url", url), ("id", id_), ("site", site)) if value is not None]
        if len(asked) + list_ + (withdraw is not None) != 1:
            raise ConfigError("forget: name one of --url, --id, --site, --list and --withdraw")
        if asked:
            lines = list(requests.forget(output, *asked[0], note).lines())
        elif withdraw is not None:
            request = requests.withdraw(output, withdraw)
            lines = [
                f"request {request.number} withdrawn: {request.kind} {request.value}; the next release has its pages again"
            ]
        else:
            lines = [request.line() for request in history(output)]
        click.echo("\n".join(lines))


def _config_file(named: str | None) -> str | None:
    """The config that was named, else the one in the current folder."""
    return named or ("config.yaml" if os.path.exists("config.yaml") else None)  # noqa: PTH110


if __name__ == "__main__":
    main()
