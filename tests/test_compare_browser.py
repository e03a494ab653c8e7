"""The comparison of three plans opened in a real browser that has no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chromium import open_page, texts
from compared_plans import three_plans
from test_maps import NASTY

from allocator.compare import write_comparison

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
RIGHT, HOME = "\ue014", "\ue011"


@pytest.fixture(scope="module")
def browser(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Chromium with the network cut, on the English comparison of three plans."""
    folder = tmp_path_factory.mktemp("browser")
    write_comparison(three_plans(), folder / "compare.html", "en")
    open_page(chromium, folder / "compare.html")
    return chromium


def shown(browser: Any) -> list[tuple[float, float, float]]:
    """Centre and zoom of every map that is shown."""
    return [tuple(one) for one in browser.execute_script(
        "return allocatorMap.shownViews().map(({leaflet}) => [leaflet.getCenter().lat.toFixed(6), "
        "leaflet.getCenter().lng.toFixed(6), leaflet.getZoom()])"
    )]  # fmt: skip


def labels(browser: Any) -> list[str]:
    """What the maps that are shown are called."""
    return [one.text for one in browser.find_elements("css selector", "#maps figcaption") if one.is_displayed()]


def fills(browser: Any) -> list[list[str]]:
    """The colours of the social spaces on every map that is shown."""
    return browser.execute_script(
        "return allocatorMap.shownViews().map(({polygons}) => polygons.map(({options}) => options.fillColor))"
    )


def choose(browser: Any, name: str) -> None:
    """Click a switch."""
    browser.find_element("id", name).click()


def test_the_page_opens_without_asking_anybody(browser: Any) -> None:
    """Opening the comparison asks for the file itself and for nothing else, and the console stays silent."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    outside = [url for url in asked if not url.startswith(("chrome:", "data:"))]
    assert [Path(url).name for url in outside] == ["compare.html"]
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
    assert labels(browser) == ["A · <b>wide</b>", "B · dense", "C · again"]
    assert browser.execute_script("return window.stolen") is None


def test_all_maps_have_the_same_classes_and_one_legend(browser: Any) -> None:
    """Plans that do the same have the same colours; the legend counts the social spaces of each map."""
    wide, dense, again = fills(browser)
    assert wide == again != dense
    assert texts(browser, "#class-legend thead th") == ["A", "B", "C"]
    counts = [int(count) for count in texts(browser, "#class-legend .count")]
    assert [sum(counts[i::3]) for i in range(3)] == [3, 3, 3]


def test_the_maps_move_together(browser: Any) -> None:
    """One map is dragged, another moved by the keyboard, a button zooms: all show the same part of the city."""
    maps = browser.find_elements("css selector", "#maps .map")
    seen = [shown(browser)]
    webdriver.ActionChains(browser).move_to_element(maps[0]).click_and_hold().move_by_offset(70, 40).release().perform()
    seen.append(shown(browser))
    maps[1].send_keys(RIGHT)
    browser.execute_async_script("setTimeout(arguments[0], 500)")
    seen.append(shown(browser))
    browser.find_element("css selector", "#zoom button").click()
    seen.append(shown(browser))
    assert all(len(set(maps_now)) == 1 for maps_now in seen)
    assert len({maps_now[0] for maps_now in seen}) == 4
    browser.find_element("css selector", "[aria-label='Whole city']").click()
    assert len(set(shown(browser))) == 1


def test_two_plans_are_swiped_by_the_keyboard(browser: Any) -> None:
    """The left plan covers the right one up to the slider; another plan is chosen for a side, never the same twice."""
    choose(browser, "mode-swipe")
    assert labels(browser) == ["A · <b>wide</b>", "B · dense"]
    assert len(set(shown(browser))) == 1
    clip = "return document.querySelector('.view.over').style.clipPath"
    assert browser.execute_script(clip) == "inset(0px 50% 0px 0px)"
    slider = browser.find_element("id", "swipe")
    slider.send_keys(HOME, RIGHT, RIGHT)
    assert browser.execute_script(clip) == "inset(0px 98% 0px 0px)"
    browser.find_element("css selector", "#swipe-left option[value='1']").click()
    sides = [browser.find_element("id", f"swipe-{side}") for side in ("left", "right")]
    assert [side.get_attribute("value") for side in sides] == ["1", "0"]
    over = browser.find_element("css selector", ".view.over figcaption")
    assert over.text == "B · dense"
    browser.find_element("css selector", "#swipe-left option[value='0']").click()
    choose(browser, "mode-side")
    assert browser.execute_script("return document.querySelector('.view').style.clipPath") == ""


def test_differences_are_maps_of_their_own(browser: Any) -> None:
    """Each plan less the first: dense has more in Tal, again nothing anywhere; signs tell more persons from fewer."""
    choose(browser, "mode-difference")
    assert labels(browser) == ["B · dense less A · <b>wide</b>", "C · again less A · <b>wide</b>"]
    dense, again = fills(browser)
    assert len(set(again)) == 1
    assert len(set(dense)) == 3
    assert texts(browser, "#state-legend tbody th") == ["fewer persons", "more persons"]
    assert texts(browser, "#state-legend .count") == ["1", "0", "2", "0"]
    choose(browser, "mode-side")


@pytest.mark.slow
def test_layers_and_shades_are_switched(browser: Any) -> None:
    """Another shade gives another legend on every map; signs of places vanish and come back."""
    headings = set()
    for key in ("change", "free", "deviation_after", "share_after"):
        choose(browser, f"shade-{key}")
        headings.add(texts(browser, "#class-legend h3")[0])
    assert len(headings) == 4
    count = (
        "let n = 0; allocatorMap.views[1].leaflet.eachLayer((one) => { n += one.options.form !== undefined; });return n"
    )
    before = browser.execute_script(count)
    choose(browser, "layer-places")
    assert (browser.execute_script(count), before > 0) == (0, True)
    choose(browser, "layer-places")
    assert browser.execute_script(count) == before


def test_a_social_space_tells_all_plans_and_its_name_as_text(browser: Any) -> None:
    """The popup of the space whose name is a script has a column for each plan, and nothing of it runs."""
    browser.execute_script("allocatorMap.views[0].polygons[1].openPopup()")
    told = " ".join(texts(browser, ".leaflet-popup-content article")[-1].split())
    assert " ".join(NASTY.split()) in told
    assert texts(browser, ".leaflet-popup-content thead th") == ["A · <b>wide</b>", "B · dense", "C · again"]
    assert browser.execute_script("return window.stolen") is None
    browser.execute_script("allocatorMap.views[0].leaflet.closePopup()")


def test_who_hears_the_page_finds_names_and_captions(browser: Any) -> None:
    """Every control has a name, every map a label, every table a caption; the better value is said, not only drawn."""
    unnamed = browser.execute_script(
        "return [...document.querySelectorAll('button, input, select, .map')].filter((one) => "
        "!one.getAttribute('aria-label') && !one.textContent.trim() && !(one.labels && one.labels.length)).length"
    )
    assert unnamed == 0
    assert browser.execute_script("return [...document.querySelectorAll('#tables table')].every((one) => one.caption)")
    assert "19 ✓(better)" in " ".join(texts(browser, "#table-housed td.better"))
    assert browser.find_element("css selector", ".internal").is_displayed()


def test_the_console_stays_silent_to_the_end(browser: Any) -> None:
    """Nothing that was done to the page left an error or a refused request."""
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
