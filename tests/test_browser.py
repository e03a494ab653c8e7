"""The map opened in a real browser that has no network."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from chromium import open_page, texts
from test_maps import NASTY, mapped_plan

from allocator.maps import write_map
from allocator.maps.content import map_content
from allocator.maps.page import map_words

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")


@pytest.fixture(scope="module")
def browser(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Chromium with the network cut, on the English map of the town with nasty names."""
    folder = tmp_path_factory.mktemp("browser")
    write_map(mapped_plan(), folder / "map.html", "en")
    open_page(chromium, folder / "map.html")
    return chromium


def fills(browser: Any) -> list[Any]:
    """The colours of the social spaces; None stands for the pattern of those without data."""
    return browser.execute_script(
        "return allocatorMap.spaces.polygons.map(({options}) => "
        "typeof options.fillColor === 'string' ? options.fillColor : null)"
    )


def search(browser: Any, text: str) -> list[str]:
    """Type into the search, open the first result, return the labels that were found."""
    field = browser.find_element("id", "search-text")
    field.clear()
    field.send_keys(text)
    found = texts(browser, "#search-results button")
    if found:
        field.submit()
    return found


def rows(browser: Any) -> list[list[str]]:
    """The cells of the households that the open popup lists."""
    return browser.execute_script(
        "const popup = [...document.querySelectorAll('.leaflet-popup-content')].at(-1);"
        "return [...popup.querySelectorAll('.households tbody tr')]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent))"
    )


def popup(browser: Any) -> str:
    """The text of the open popup."""
    return " ".join(texts(browser, ".leaflet-popup-content article")[-1].split())


def close(browser: Any) -> None:
    """Close it."""
    browser.execute_script("allocatorMap.leaflet.closePopup()")


def test_the_page_opens_without_asking_anybody(browser: Any) -> None:
    """Opening the map asks for the file itself and for nothing else, and the console stays silent."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    outside = [url for url in asked if not url.startswith(("chrome:", "data:"))]
    assert [Path(url).name for url in outside] == ["map.html"]
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
    assert len(fills(browser)) == 3


def test_the_switch_changes_colours_and_legend(browser: Any) -> None:
    """Another indicator gives other colours, another heading of the legend, and counts that add up."""
    seen = {}
    for key in ("share_after", "share_before", "change", "free", "deviation_after"):
        browser.find_element("id", f"indicator-{key}").click()
        seen[key] = (tuple(fills(browser)), texts(browser, "#class-legend h2")[0])
        assert sum(int(count) for count in texts(browser, "#class-legend .count")) == 3
    assert len({legend for _, legend in seen.values()}) == 5
    assert len({colours for colours, _ in seen.values()}) >= 4


def test_a_social_space_tells_its_numbers_and_its_name_as_text(browser: Any) -> None:
    """The name that is a script is shown letter by letter and does not run."""
    assert search(browser, "script") != []
    told = popup(browser)
    assert " ".join(NASTY.split()) in told
    assert "Refugees after the plan" in told
    assert browser.execute_script("return window.stolen") is None
    assert texts(browser, "h1") == [NASTY]
    close(browser)


def test_a_site_is_explained_in_plain_words(browser: Any) -> None:
    """The site that was over its cap before says so, who stays in which unit, and what stays free."""
    assert search(browser, "l1")[0] == "Site Lindenhof <script> (L1)"
    told = popup(browser)
    assert told.startswith("Site Lindenhof <script>")
    assert "22 of at most 20 persons." in told
    assert "That is 2 over the limit, today it is 3: the plan adds nothing." in told
    assert "Stay here (1)" in told
    assert rows(browser) == [["H5", "2", "U4 (10 places)"]]
    assert "U4 (8)" in told
    close(browser)


def test_a_limit_of_flats_is_told_only_where_there_are_flats(browser: Any) -> None:
    """Building B3 holds a shared unit and no flat; B2 has one of two flats let, which is all it may let."""
    search(browser, "B3")
    assert "22 persons." in popup(browser)
    assert "flat" not in popup(browser)
    search(browser, "B2")
    assert "1 of at most 1 flat. The limit is reached." in popup(browser)
    close(browser)


def test_a_household_is_found_in_its_building(browser: Any) -> None:
    """Searching a household opens the building where it lives afterwards."""
    assert search(browser, "H2") == ["H2"]
    told = popup(browser)
    assert told.startswith("Building B1")
    assert "2 of at most 1 flat. That is 1 over the limit, and only by the plan." in told
    assert "7 persons, 4 of them new." in told
    assert "Move in (1)" in told
    assert "Remain here without a suitable home (1)" in told
    assert rows(browser) == [["H2", "4", "U2 (4 places)"], ["H6", "3", "U1 (2 places)"]]
    assert "H6: its home is too small and no other fits" in told
    close(browser)


def test_a_unit_leads_to_its_building_and_says_from_where_somebody_moves(browser: Any) -> None:
    """U6 is found in B2, where H1 moves in from U4; U3 of the same building stays vacant."""
    assert search(browser, "U6") == ["Unit U6, Building B2"]
    told = popup(browser)
    assert told.startswith("Building B2")
    assert rows(browser) == [["H1", "1", "U6 (1 place)", "U4"]]
    assert "Stay vacantU3 (5)" in told
    close(browser)


def test_a_household_without_a_place_is_found_with_its_reason(browser: Any) -> None:
    """H3 lives nowhere: the search leads to the list of those without a place, where its reason stands."""
    assert texts(browser, "#unplaced-title") == ["Without a place: 2 households, 9 persons"]
    assert search(browser, "H3") == ["H3 (without a place)"]
    assert texts(browser, "#unplaced-found") == ["H3, 6 persons. Reason: no unit holds 6 persons."]
    assert browser.find_element("id", "unplaced-list").is_displayed()
    assert texts(browser, "#unplaced-list .found") == ["H3 (6)"]
    assert texts(browser, "#unplaced-list h3") == [
        "no unit holds 6 persons", "its home is too small and no other fits",
    ]  # fmt: skip


def test_the_search_is_led_by_the_keyboard(browser: Any) -> None:
    """Arrows walk through the results, Enter opens one, its popup has the focus, Escape closes it and leads back."""
    down, up, enter, escape = "\ue015", "\ue013", "\ue007", "\ue00c"

    def press(key: str) -> Any:
        webdriver.ActionChains(browser).send_keys(key).perform()
        return browser.switch_to.active_element

    field = browser.find_element("id", "search-text")
    field.clear()
    field.send_keys("B")
    first = press(down).text
    assert press(down).text != first
    assert press(up).text == first
    assert press(up) == field
    press(down)
    assert press(enter).tag_name == "article"
    assert press(escape) == field
    opened = "const {_popup} = allocatorMap.leaflet; return Boolean(_popup) && _popup.isOpen()"
    assert browser.execute_script(opened) is False
    press(escape)
    assert field.get_attribute("value") == ""
    assert texts(browser, "#search-results button") == []


def test_what_is_not_there_is_not_found(browser: Any) -> None:
    """A search without result says so to readers of the screen."""
    assert search(browser, "nowhere at all") == []
    assert texts(browser, "#search-status") == ["Nothing found"]


def test_layers_can_be_hidden_and_shown(browser: Any) -> None:
    """Facilities are hidden at first; sites vanish and come back. Site L1 is over its limit as today."""
    count = "let n = 0; allocatorMap.leaflet.eachLayer((one) => { n += one.options.form === arguments[0]; }); return n"
    assert browser.execute_script(count, "hexagon") == 0
    browser.execute_script("document.getElementById('facility-switch').open = true")
    for kind in range(3):
        browser.find_element("id", f"layer-facility-{kind}").click()
    assert [browser.execute_script(count, form) for form in ("diamond", "pentagon", "hexagon")] == [1, 1, 1]
    legend = "#facility-legend li"
    assert texts(browser, f"{legend} .label") == ["<i>spa", "sauna", "Schools"]
    assert texts(browser, f"{legend} text") == ["I", "A", "S"]
    before = browser.execute_script(count, "triangle")
    browser.find_element("id", "layer-sites").click()
    assert browser.execute_script(count, "triangle") == before - 1
    browser.find_element("id", "layer-sites").click()
    assert browser.execute_script(count, "triangle") == before


def test_a_building_of_a_site_is_counted_with_its_site(browser: Any) -> None:
    """The legend counts a place once: a building of a site only where a cap of its own holds there."""
    content = map_content(mapped_plan(), "en", map_words("en"))
    buildings = content["buildings"]
    own = [site < 0 or bool(caps) for site, caps in zip(buildings["site"], buildings["caps"], strict=True)]
    expected = len(content["sites"]["id"]) + sum(own)
    assert sum(int(count) for count in texts(browser, "#state-legend .count")) == expected


def test_every_control_has_a_name_and_the_heading_folds(browser: Any) -> None:
    """Whoever uses a keyboard or hears the page finds names on all controls; the heading folds away."""
    unnamed = browser.execute_script(
        "return [...document.querySelectorAll('button, input, a[role=button]')].filter((one) => "
        "!one.getAttribute('aria-label') && !one.textContent.trim() && !(one.labels && one.labels.length)).length"
    )
    assert unnamed == 0
    assert browser.execute_script("return document.documentElement.lang") == "en"
    button = browser.find_element("id", "fold")
    button.send_keys("\ue007")
    assert button.get_attribute("aria-expanded") == "false"
    assert not browser.find_element("id", "heading-more").is_displayed()
    assert browser.find_element("css selector", ".internal").is_displayed()
    assert browser.find_element("css selector", ".synthetic").is_displayed()
    button.send_keys("\ue007")
    assert browser.find_element("id", "heading-more").is_displayed()


def test_the_whole_city_stands_between_heading_and_legend_on_paper(browser: Any) -> None:
    """Printed, the map has the size of the paper and shows the city beside its panels; afterwards all is as it was."""
    browser.execute_script("document.querySelector('[aria-label=\"Whole city\"]').click()")
    time.sleep(0.6)
    state = (
        "const map = allocatorMap.leaflet, {lat, lng} = map.getCenter(), size = map.getSize();"
        "return [lat.toFixed(6), lng.toFixed(6), map.getZoom(), size.x, size.y]"
    )
    before = browser.execute_script(state)
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(state)[3:] == [1056, 724]
    assert browser.find_element("id", "origin").get_attribute("open") == "true"
    seen = browser.execute_script(
        "const corners = allocatorMap.spaces.polygons.flatMap((one) => [one.getBounds().getNorthWest(), "
        "one.getBounds().getSouthEast()]).map((at) => allocatorMap.leaflet.latLngToContainerPoint(at));"
        "return [Math.min(...corners.map(({x}) => x)), Math.max(...corners.map(({x}) => x)), "
        "Math.min(...corners.map(({y}) => y)), Math.max(...corners.map(({y}) => y))]"
    )
    assert 290 <= seen[0] < seen[1] <= 1056 - 250
    assert 0 <= seen[2] < seen[3] <= 724
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(state) == before
    assert browser.find_element("id", "origin").get_attribute("open") is None


def test_the_console_stays_silent_to_the_end(browser: Any) -> None:
    """Nothing that was done to the page left an error or a refused request."""
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
