"""The library: collections, and what one does with the documents in them."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from support.page_checks import too_small, too_wide, violations
from support.servers import eventually

pytestmark = pytest.mark.browser
SIZES = [
    pytest.param({}, id="desktop"),
    pytest.param({"width": 390, "height": 844, "has_touch": True, "is_mobile": True}, id="phone"),
]
# Drops or pastes a file with this name and text.
TRANSFER = """([name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name, { type: "text/plain" }));
  return transfer;
}"""
PASTE = """([name, text]) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([text], name, { type: "text/plain" }));
  dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
}"""


async def opened(page: Page, library_id: str = "") -> None:
    await page.evaluate("(id) => (location.hash = `#/library/${id}`)", library_id)
    await expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()


def row(page: Page, title: str) -> Any:
    name = page.get_by_role("button", name=title, exact=True)
    return page.locator("li.document").filter(has=name)


async def menu(page: Page, of: str, item: str) -> None:
    await page.get_by_role("button", name=f"Actions for {of}", exact=True).click()
    await page.get_by_role("menuitem", name=item, exact=True).click()


async def called(site, method: str, **params: Any) -> Any:
    """Call a method as the owner."""
    client = site.app.memory_client()
    try:
        await client.call("session.hello", {})
        return await client.call(method, params)
    finally:
        await client.close()


async def collection(site, name: str, *texts: tuple[str, str]) -> str:
    """A collection of the owner with these documents, which can be searched."""
    made = await called(site, "collections.create", name=name)
    collection_id = str(made["collection"]["collection_id"])
    for title, text in texts:
        into = {"name": title, "text": text, "collection_id": collection_id}
        added = await called(site, "documents.add", **into)
        await site.app.services.jobs.wait([added["task_id"]])
    return collection_id


async def looks_right(page: Page, *, phone: bool) -> None:
    assert await violations(page) == "[]"
    assert await too_wide(page) == []
    assert not phone or await too_small(page) == []


@pytest.mark.parametrize("size", SIZES)
async def test_a_collection_from_its_creation_to_its_end(site, open_page, size, tmp_path) -> None:
    page = await open_page(**size)
    await opened(page)
    await page.get_by_role("button", name="New collection").click()
    await page.get_by_role("textbox", name="Name").fill("Hives")
    await page.get_by_role("button", name="Create collection").click()
    section = page.get_by_role("region", name="Hives")
    await expect(section.get_by_text("No documents here yet.")).to_be_visible()
    (found,) = (await called(site, "collections.list"))["collections"]
    hives = found["collection_id"]
    # By button, dropped and pasted.
    bees = tmp_path / "bees.txt"
    bees.write_text("Bees dance.")
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Add documents").click()
    await (await choosing.value).set_files(bees)
    transfer = await page.evaluate_handle(TRANSFER, ["wasps.txt", "Wasps build."])
    await page.dispatch_event("#main", "drop", {"dataTransfer": transfer})
    await page.evaluate(PASTE, ["ants.txt", "Ants carry."])
    for title in ("bees.txt", "wasps.txt", "ants.txt"):
        ready = page.get_by_role("button", name=title, exact=True)
        await expect(ready).to_be_enabled()
    listed = (await called(site, "documents.list", collection_id=hives))["documents"]
    assert {each["name"] for each in listed} == {"bees.txt", "wasps.txt", "ants.txt"}
    # Tags.
    await menu(page, "bees.txt", "Edit tags")
    await page.get_by_role("textbox", name="Tags").fill(" honey, summer ,honey")
    await page.get_by_role("button", name="Save").click()
    filters = page.get_by_role("group", name="Show only documents with a tag")
    await filters.get_by_role("button", name="honey").click()
    await expect(page.locator("li.document")).to_have_count(1)
    await expect(page.get_by_role("list", name="Tags of bees.txt")).to_contain_text("summer")
    await looks_right(page, phone=bool(size))
    await filters.get_by_role("button", name="honey").click()
    # A document is renamed and found by its new title; the order is by name.
    await menu(page, "wasps.txt", "Rename")
    await page.get_by_role("textbox", name="Title").fill("Zoë's wasps")
    await page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    await expect(page.get_by_role("button", name="Zoë's wasps", exact=True)).to_be_enabled()
    await page.get_by_label("Sort by").select_option("name")
    titles = page.locator(".library-view .document-name")
    await expect(titles).to_have_text(["ants.txt", "bees.txt", "Zoë's wasps"])
    await page.get_by_role("searchbox", name="Find by title or tag").fill("zoe WASPS")
    await expect(titles).to_have_text(["Zoë's wasps"])
    await page.get_by_role("searchbox", name="Find by title or tag").fill("")
    # Moved to one's own documents.
    await menu(page, "ants.txt", "Move")
    await page.get_by_role("dialog").get_by_label("To").select_option(label="Your documents")
    await page.get_by_role("dialog").get_by_role("button", name="Move").click()
    await expect(titles).to_have_text(["bees.txt", "Zoë's wasps"])
    await opened(page)
    await expect(titles).to_have_text(["ants.txt"])
    # Renamed and deleted.
    await opened(page, hives)
    await menu(page, "Hives", "Rename")
    await page.get_by_role("dialog").get_by_role("textbox").fill("Apiary")
    await page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    await expect(page.get_by_role("heading", name="Apiary")).to_be_visible()
    await menu(page, "Apiary", "Delete collection")
    await expect(page.get_by_role("dialog")).to_contain_text("2 documents")
    await page.get_by_role("dialog").get_by_role("button", name="Delete collection").click()
    await expect(page.get_by_text("This collection does not exist")).to_be_visible()
    assert (await called(site, "collections.list"))["collections"] == []


@pytest.mark.parametrize("size", SIZES)
async def test_a_document_that_failed_is_retried(site, open_page, size) -> None:
    page = await open_page(**size)
    await opened(page)
    await page.evaluate(PASTE, ["broken.pdf", "%PDF-1.7 nothing"])
    failed = row(page, "broken.pdf")
    await expect(failed.locator(".problem")).to_be_visible()
    await looks_right(page, phone=bool(size))
    (before,) = (await called(site, "documents.list"))["documents"]
    await page.get_by_role("button", name="Retry broken.pdf").click()
    # Read again, it fails again, as another task.
    (document,) = (await called(site, "documents.list"))["documents"]
    while document["task_id"] == before["task_id"]:
        (document,) = (await called(site, "documents.list"))["documents"]
    await site.app.services.jobs.wait([document["task_id"]])
    await expect(failed.locator(".problem")).to_be_visible()


async def test_viewers_see_no_controls(site, open_page) -> None:
    ben = await site.add("Ben")
    hives = await collection(site, "Hives", ("bees.txt", "Bees dance."))
    share = {"collection_id": hives, "user_id": ben.id}
    await called(site, "collections.share", **share, role="viewer")
    page = await open_page(name="Ben")
    await opened(page, hives)
    await expect(page.get_by_role("button", name="bees.txt", exact=True)).to_be_enabled()
    nav = page.get_by_role("navigation", name="Collections")
    await expect(nav.get_by_role("link", name="Hives")).to_have_attribute("aria-current", "page")
    await expect(page.get_by_text("View only")).to_be_visible()
    await expect(page.locator("#main").get_by_role("button", name="Actions for")).to_have_count(0)
    await expect(page.get_by_role("button", name="Add documents")).to_have_count(0)
    await page.evaluate(PASTE, ["ants.txt", "Ants carry."])
    await expect(page.get_by_text("so nothing was added")).to_be_visible()
    await looks_right(page, phone=False)
    # As an editor, without a reload; then the share ends while the page shows it.
    await called(site, "collections.share", **share, role="editor")
    await expect(page.get_by_role("button", name="Actions for bees.txt")).to_be_visible()
    await called(site, "collections.unshare", **share)
    await expect(page.get_by_text("This collection does not exist")).to_be_visible()
    await expect(page.get_by_role("button", name="bees.txt")).to_have_count(0)


async def test_the_documents_of_a_room(site, open_page) -> None:
    ben = await site.add("Ben")
    room_id = await site.room("Garden", ben)
    page = await open_page(name="Ben")
    await opened(page)
    nav = page.get_by_role("navigation", name="Collections")
    await nav.get_by_role("link", name="Garden").click()
    await expect(page.get_by_role("heading", name="Garden")).to_be_visible()
    await page.evaluate(PASTE, ["ants.txt", "Ants carry."])
    await expect(page.get_by_role("button", name="ants.txt", exact=True)).to_be_enabled()
    (listed,) = (await called(site, "documents.list", collection_id=room_id))["documents"]
    assert listed["name"] == "ants.txt"
    await page.reload()
    await expect(page.get_by_role("button", name="ants.txt", exact=True)).to_be_enabled()


@pytest.mark.parametrize("size", SIZES)
async def test_a_collection_is_shared(site, open_page, size) -> None:
    ben = await site.add("Ben")
    room_id = await site.room("Garden", await site.add("Cid"))
    hives = await collection(site, "Hives", ("bees.txt", "Bees dance."))
    page = await open_page(**size)
    dialog = page.get_by_role("dialog", name="Share “Hives”")
    access = dialog.get_by_role("list", name="People and rooms with access")

    async def shares() -> dict[str, str]:
        got = (await called(site, "collections.get", collection_id=hives))["collection"]
        return {each["id"]: each["role"] for each in got["shares"]}

    await opened(page, hives)
    await page.get_by_role("button", name="Share", exact=True).click()
    await expect(access.get_by_role("listitem")).to_have_count(1)
    await dialog.get_by_label("as", exact=True).select_option("editor")
    await dialog.get_by_role("searchbox").fill("ben")
    await dialog.get_by_role("button", name="Add Ben").click()
    await expect(access.get_by_role("listitem")).to_have_count(2)
    await dialog.get_by_label("as", exact=True).select_option("viewer")
    for name in ("Garden", "Everyone"):
        await dialog.get_by_role("searchbox").fill(name)
        await dialog.get_by_role("button", name=f"Add {name}").click()
        await expect(access.get_by_label(f"Role of {name}")).to_be_visible()
    mine = site.app.owner.id
    shared = {ben.id: "editor", room_id: "viewer", "everyone": "viewer"}
    assert await shares() == {mine: "owner", **shared}
    await looks_right(page, phone=bool(size))
    # A role is changed, a share ended; the last owner stays.
    await access.get_by_label("Role of Garden").select_option("editor")
    await dialog.get_by_role("button", name="Remove the access of Everyone").click()
    await expect(access.get_by_role("listitem")).to_have_count(3)
    await expect(access.get_by_label("Role of Garden")).to_have_value("editor")
    own = access.get_by_label(f"Role of {site.app.owner.name}")
    await own.select_option("viewer")
    await expect(dialog.get_by_role("alert")).to_contain_text("last owner")
    await expect(own).to_have_value("owner")
    assert await shares() == {mine: "owner", ben.id: "editor", room_id: "editor"}
    await dialog.get_by_role("button", name="Done").click()
    await expect(page.get_by_role("button", name="Share", exact=True)).to_be_focused()


@pytest.mark.parametrize("size", SIZES)
async def test_several_documents_at_once(site, open_page, size) -> None:
    texts = [(f"{name}.txt", f"About {name}.") for name in ("ants", "bees", "wasps", "flies")]
    hives = await collection(site, "Hives", *texts)
    archive = await collection(site, "Archive")
    page = await open_page(**size)
    titles = page.locator(".library-view .document-name")
    await opened(page, hives)
    await page.get_by_label("Sort by").select_option("name")

    async def select(*names: str) -> None:
        for name in names:
            await page.get_by_role("checkbox", name=f"Select {name}.txt").check()
        await expect(page.get_by_text(f"{len(names)} selected")).to_be_visible()

    await select("ants", "bees")
    await page.get_by_role("button", name="Add tags").click()
    await page.get_by_role("textbox", name="Tags").fill("insect")
    await page.get_by_role("button", name="Save").click()
    for name in ("ants", "bees"):
        tags = page.get_by_role("list", name=f"Tags of {name}.txt")
        await expect(tags).to_contain_text("insect")
    await looks_right(page, phone=bool(size))
    await page.get_by_role("group", name="Selected").get_by_role("button", name="Move").click()
    await page.get_by_role("dialog").get_by_label("To").select_option(label="Archive")
    await page.get_by_role("dialog").get_by_role("button", name="Move").click()
    await expect(titles).to_have_text(["flies.txt", "wasps.txt"])
    await select("flies", "wasps")
    delete = page.get_by_role("group", name="Selected").get_by_role("button", name="Delete")
    await delete.click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(titles).to_have_count(2)
    await delete.click()
    await page.get_by_role("button", name="Delete 2 documents").click()
    await expect(titles).to_have_count(0)
    listed = (await called(site, "documents.list", collection_id=archive))["documents"]
    assert {(each["name"], *each["tags"]) for each in listed} == {
        ("ants.txt", "insect"),
        ("bees.txt", "insect"),
    }


@pytest.mark.parametrize("size", SIZES)
async def test_questions_use_only_a_collection_or_chosen_documents(site, open_page, size) -> None:
    bees = ("bees.txt", "The code word of the bees is amber.")
    wasps = ("wasps.txt", "The code word of the wasps is paper.")
    ants = ("ants.txt", "The code word of the ants is sand.")
    hives = await collection(site, "Hives", bees, wasps)
    await collection(site, "Nests", ants)
    site.scripts.by_question["code word"] = ["It is a word."]
    page = await open_page(**size)
    chip = page.locator(".composer-only")
    answers = page.get_by_role("article", name="Answer", exact=True)

    async def asked(count: int) -> str:
        """Ask, and return what the model got, with the passages that were found."""
        site.release(9)
        await page.get_by_role("textbox", name="Your").fill("What is the code word?")
        await page.get_by_role("button", name="Send", exact=True).click()
        await expect(answers).to_have_count(count)
        return str(site.llm.requests[-1].messages)

    await opened(page, hives)
    await page.get_by_role("button", name="Ask only the documents of Hives").click()
    await expect(chip).to_contain_text("Only from Hives")
    await looks_right(page, phone=bool(size))
    given = await asked(1)
    assert "amber" in given
    assert "paper" in given
    assert "sand" not in given
    # For the next question of the conversation, too.
    await expect(chip).to_contain_text("Only from Hives")
    assert "sand" not in await asked(2)
    await page.get_by_role("button", name="Use all documents again").click()
    await expect(chip).to_be_hidden()
    assert "sand" in await asked(3)
    await opened(page, hives)
    await page.get_by_role("checkbox", name="Select wasps.txt").check()
    await page.get_by_role("button", name="Ask only these").click()
    await expect(chip).to_contain_text("Only from wasps.txt")
    given = await asked(1)
    site.release(9)
    asked_before = len(site.llm.requests)
    await page.get_by_role("button", name="Answer again").click()
    await eventually(lambda: len(site.llm.requests) > asked_before)
    again = str(site.llm.requests[-1].messages)
    assert "paper" in again
    assert "amber" not in again
    assert "sand" not in again
    assert "paper" in given
    assert "amber" not in given
    assert "sand" not in given
