"""`allocator price`: what a rule costs at each value of its limit."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.settings import SETTINGS

__all__ = ["price"]


@click.command(context_settings=SETTINGS)
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--rule", required=True, metavar="NAME", help="The rule, by its name in the scenario.")
@click.option("--values", required=True, metavar="VALUES", help="20:400:20 (start:stop:step), or 20,50,80.")
@click.option("--parameter", default="at_most", show_default=True, help="Which number of the rule.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; default: maps/price-<scenario>-<rule>/.")
@click.option("--overwrite", is_flag=True, help="Replace the folder of an earlier price.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of the scenario.")
@click.option("--language", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Of its texts.")
@click.option("--quiet", is_flag=True, help="No progress.")
def price(
    scenario: Path, rule: str, values: str, parameter: str, out: Path | None, overwrite: bool,
    overrides: tuple[str, ...], language: str, quiet: bool,
) -> None:  # fmt: skip
    """Solve SCENARIO for each value of a rule: who is housed, who is left out, how far people walk, what it costs.

    \b
    Example:
      allocator price scenarios/model-city.yaml --rule fifty-per-site --values 20:400:20
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.frontier.price_page import PRICE, binding_sentence, write_price
    from allocator.frontier.prices import price_rule, read_values, rules_with
    from allocator.report.numbers import check_language
    from allocator.runs import new_folder, refuse_inputs
    from allocator.scenario import load_scenario

    def progress(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    numbers = read_values(values)
    folder = out if out is not None else Path("maps") / f"price-{scenario.stem}-{Path(rule).name}"
    with new_folder(folder, overwrite, progress, PRICE) as draft:
        progress(f"reading {scenario}")
        loaded = load_scenario(scenario, overrides)
        refuse_inputs(folder, loaded.files)
        rules_with(loaded, rule, parameter, numbers)
        told = check_language(language)
        priced = price_rule(loaded, rule, numbers, parameter, told, progress)
        options = [f"--rule {rule}", f"--values {values}", f"--parameter {parameter}", f"--language {language}"]
        write_price(loaded, rule, parameter, priced, draft, told, overrides, options)
    click.echo(binding_sentence(loaded, priced, told))
    click.echo(folder / "price.html")
    raise SystemExit(4 if any(one.status == "stopped" for one in priced) else 0)
