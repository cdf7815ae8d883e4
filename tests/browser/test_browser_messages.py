"""Actions on messages: edit, delete, regenerate, rate, search; and hostile names."""

import pytest
from playwright.async_api import Page, expect

from basicchat.domain.errors import UpstreamUnavailable

pytestmark = pytest.mark.browser


async def ask(page: Page, question: str) -> None:
    await page.get_by_role("textbox", name="Your").fill(question)
    await page.keyboard.press("Enter")


def answer(page: Page):
    return page.get_by_role("article", name="Answer", exact=True).locator(".markdown")


def bubbles(page: Page):
    return page.locator(".question .bubble")


async def act(page: Page, at: int, item: str) -> None:
    await page.locator(".question").nth(at).hover()
    await page.get_by_role("button", name="Actions for this message").nth(at).click()
    await page.get_by_role("menuitem", name=item, exact=True).click()


async def test_an_edited_and_answered_question_starts_a_branch(site, open_page) -> None:
    site.scripts.by_question |= {"bees": ["About bees."], "wasps": ["About wasps."]}
    site.release(99)
    page, other = await open_page(), await open_page()
    await ask(page, "Tell me of bees")
    await expect(answer(page)).to_have_text("About bees.")
    await ask(page, "More of bees")
    await expect(answer(page)).to_have_count(2)
    await other.locator(".room-link").click()
    await act(page, 0, "Edit")
    box = page.get_by_label("Edit your message")
    await expect(box).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(bubbles(page).first).to_have_text("Tell me of bees")
    await act(page, 0, "Edit")
    await box.fill("Tell me of wasps")
    await page.get_by_role("button", name="Save and answer again").click()
    for each in (page, other):
        # What followed the earlier version is in the other branch.
        await expect(answer(each)).to_have_text(["About wasps."])
        await expect(bubbles(each)).to_have_text(["Tell me of wasps"])
        await expect(each.get_by_label("Version 2 of 2")).to_be_visible()
    await page.get_by_role("button", name="Previous version").click()
    await expect(bubbles(page)).to_have_text(["Tell me of bees", "More of bees"])
    await expect(page.get_by_label("Version 1 of 2")).to_be_visible()
    # Each user selects the shown version for themselves.
    await expect(answer(other)).to_have_text(["About wasps."])
    await ask(page, "Still more of bees")
    await expect(answer(page)).to_have_count(3)
    asked = [m.text for m in site.llm.requests[-1].messages if m.role == "user"]
    assert not any("wasps" in text for text in asked)
    # The search opens a message in whichever branch it is.
    await page.reload()
    await expect(bubbles(page)).to_have_text(["Tell me of wasps"])
    await page.keyboard.press("Control+K")
    await page.get_by_role("searchbox").fill("still more")
    await page.locator(".result").click()
    await expect(bubbles(page)).to_have_text(
        ["Tell me of bees", "More of bees", "Still more of bees"]
    )


async def test_a_message_is_edited_in_place_in_a_shared_room(site, open_page) -> None:
    site.scripts.by_question |= {"bees": ["About bees."], "wasps": ["About wasps."]}
    site.release(99)
    room_id = await site.room("Garden", await site.add("Ada"))
    page = await open_page()
    await page.evaluate("(id) => (location.hash = `#/c/${id}`)", room_id)
    await ask(page, "@assistant tell us of bees")
    await expect(answer(page)).to_have_text("About bees.")
    await ask(page, "Thank you")
    await act(page, 0, "Edit")
    await page.get_by_label("Edit your message").fill("@assistant tell us of wasps")
    await page.get_by_role("button", name="Save and answer again").click()
    await expect(answer(page)).to_have_text("About wasps.")
    await expect(bubbles(page)).to_have_text(["@assistant tell us of wasps edited", "Thank you"])
    await expect(page.get_by_label("Answer 2 of 2")).to_be_visible()


async def test_answers_survive_a_reload_and_can_be_deleted(site, open_page) -> None:
    site.release(50)
    page = await open_page()
    for number, said in enumerate(("First.", "Second.", "Third."), 1):
        site.scripts.by_question["bees"] = [said]
        if number == 1:
            await ask(page, "bees")
        else:
            await page.get_by_role("button", name="Answer again").click()
        await expect(answer(page)).to_have_text(said)
    await expect(page.get_by_label("Answer 3 of 3")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Answer 3 of 3")).to_be_visible()
    await page.get_by_role("button", name="Previous answer").click()
    await expect(answer(page)).to_have_text("Second.")
    await page.get_by_role("button", name="Actions for this answer").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_label("Answer 2 of 2")).to_be_visible()
    await expect(answer(page)).to_have_text("Third.")
    await page.reload()
    await expect(page.get_by_label("Answer 2 of 2")).to_be_visible()


async def test_a_deleted_message_leaves_a_placeholder_without_text(site, open_page) -> None:
    ada = await site.add("Ada")
    await site.room("Garden", ada)
    owner, other = await open_page(), await open_page(name="Ada")
    for page in (owner, other):
        await page.locator(".room-link").click()
    await ask(other, "a secret")
    await expect(bubbles(owner)).to_have_text("a secret")
    # An owner of the room may delete anyone's messages, but not edit them.
    await owner.get_by_role("button", name="Actions for this message").click()
    await expect(owner.get_by_role("menuitem", name="Edit")).to_have_count(0)
    await owner.get_by_role("menuitem", name="Delete").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(owner.locator(".tombstone")).to_have_text("A message from Ada was deleted.")
    await expect(other.locator(".tombstone")).to_have_text("You deleted this message.")
    await other.reload()
    await expect(other.locator(".tombstone")).to_be_visible()
    assert "a secret" not in await other.content()


async def test_ratings_are_visible_to_all_members(site, open_page) -> None:
    ada = await site.add("Ada")
    await site.room("Garden", ada)
    site.scripts.by_question["bees"] = ["Buzz."]
    site.release(9)
    owner, other = await open_page(), await open_page(name="Ada")
    for page in (owner, other):
        await page.locator(".room-link").click()
    await ask(owner, "@assistant bees")
    good = owner.get_by_role("button", name="Good answer")
    await good.click()
    await expect(good).to_have_attribute("aria-pressed", "true")
    await expect(other.get_by_role("button", name="Good answer (1)")).to_be_visible()
    await other.get_by_role("button", name="Good answer (1)").click()
    await expect(owner.get_by_role("button", name="Good answer (2)")).to_be_visible()
    await owner.get_by_role("button", name="Bad answer").click()
    await expect(good).to_have_attribute("aria-pressed", "false")
    await owner.get_by_role("button", name="Bad answer").click()
    await owner.reload()
    await expect(owner.get_by_role("button", name="Good answer (1)")).to_be_visible()


async def test_an_answer_that_failed_midway_can_be_continued(site, open_page) -> None:
    broken = UpstreamUnavailable("The model went away", provider="scripted")
    site.scripts.by_question["count"] = ["One, ", "two, ", broken]
    site.release(50)
    page = await open_page()
    await ask(page, "count")
    await expect(page.locator(".failure")).to_contain_text("The model went away")
    site.scripts.by_question["count"] = ["three."]
    await page.get_by_role("button", name="Continue").click()
    await expect(answer(page)).to_have_text("One, two, three.")


async def test_search_finds_and_opens_old_messages(site, open_page) -> None:
    ada = await site.add("Ada")
    room_id = await site.room("Garden", ada)
    texts = ["straw"] * 3 + ["the needle in the hay"] + ["straw"] * 126
    # Two sessions, because of the limit of messages per minute.
    for half in (texts[:65], texts[65:]):
        client = site.app.memory_client()
        await client.call("session.hello", {})
        for text in half:
            await client.call("stream_request", {"query": text, "room_id": room_id})
        await client.close()
    page = await open_page()
    await page.keyboard.press("Control+k")
    box = page.get_by_role("searchbox", name="Search messages")
    await expect(box).to_be_focused()
    await box.fill("zebra")
    await expect(page.get_by_role("status").filter(has_text="Nothing found")).to_be_visible()
    await box.fill("straw")
    await expect(page.locator(".result")).to_have_count(50)
    more = page.get_by_role("button", name="Show more")
    await more.scroll_into_view_if_needed()
    await more.hover()
    await page.mouse.down()
    await page.mouse.up()
    await expect(page.locator(".result")).to_have_count(100)
    # The second click of a double click meets a result, which does not open.
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)
    await expect(page.locator(".result")).to_have_count(100)
    await more.click()
    await expect(page.locator(".result")).to_have_count(129)
    await expect(more).to_have_count(0)
    await box.fill("needl")
    result = page.locator(".result")
    await expect(result).to_have_count(1)
    await expect(result).to_contain_text("Garden")
    await expect(result.locator("mark")).to_have_text("needl")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    found = page.locator(".question").filter(has_text="needle")
    await expect(found).to_be_focused()
    await expect(found).to_be_in_viewport()
    await expect(bubbles(page)).to_have_count(130)
    # Its address opens it again; later messages are still shown.
    await page.reload()
    await expect(found).to_be_in_viewport()
    await page.get_by_role("button", name="Latest").click()
    await expect(bubbles(page).last).to_be_in_viewport()


# Content above a message that was found grows as soon as it is found, and browsers do not help.
GROW_ABOVE = """
new MutationObserver((changes, observer) => {
  const found = changes.find(({ target }) => target.dataset?.found)?.target;
  if (!found) return;
  observer.disconnect();
  found.closest(".scroll").style.overflowAnchor = "none";
  const added = document.createElement("div");
  added.style.height = "3000px";
  added.className = "grown";
  found.before(added);
}).observe(document, { attributes: true, attributeFilter: ["data-found"], subtree: true });
"""


async def test_a_message_that_was_found_stays_in_view(site, open_page) -> None:
    ada = await site.add("Ada")
    room_id = await site.room("Garden", ada)
    client = site.app.memory_client()
    await client.call("session.hello", {})
    for text in ["the needle in the hay"] + ["straw"] * 30:
        await client.call("stream_request", {"query": text, "room_id": room_id})
    listed = await client.call("messages.list", {"room_id": room_id, "limit": 50})
    await client.close()
    page = await open_page(init_script=GROW_ABOVE)
    await page.goto(f"{page.url.split('#')[0]}#/c/{room_id}/{listed['messages'][0]['message_id']}")
    await expect(page.locator(".grown")).to_be_attached()
    await expect(page.locator(".question").filter(has_text="needle")).to_be_in_viewport()


async def test_search_can_be_limited_to_one_conversation(site, open_page) -> None:
    site.scripts.by_question[""] = ["Buzz."]
    site.release(50)
    page = await open_page()
    for name in ("bees in spring", "bees in autumn"):
        await page.get_by_role("link", name="New chat").click()
        await ask(page, name)
        await expect(answer(page)).to_have_text("Buzz.")
    await page.get_by_role("button", name="Search in this conversation").click()
    await page.get_by_role("searchbox").fill("bees")
    await expect(page.locator(".result")).to_have_count(1)
    await page.get_by_label("Only in").uncheck()
    await expect(page.locator(".result")).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


ATTACK = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'`${alert(3)}"


async def test_names_messages_drafts_and_results_cannot_run_scripts(
    site, open_page, tmp_path
) -> None:
    site.scripts.by_question[""] = [f"You said {ATTACK}"]
    site.release(9)
    mallory = await site.add(ATTACK[:90])
    await site.room(ATTACK, mallory)
    file = tmp_path / "<img src=x onerror=alert(4)>.txt"
    file.write_text(f"# {ATTACK}\n\nBees {ATTACK} dance.")
    owner, other = await open_page(), await open_page(name=mallory.name)
    for page in (owner, other):
        page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        await page.locator(".room-link").click()
    await ask(other, f"@assistant {ATTACK} @{mallory.name}")
    await expect(bubbles(owner)).to_contain_text("<script>alert(2)</script>")
    await other.get_by_label("Your message").press_sequentially(ATTACK)
    await expect(owner.locator(".typing")).to_contain_text("<img")
    second = await other.context.new_page()
    second.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    await second.goto(other.url)
    await expect(second.get_by_label("Your message")).to_have_value(ATTACK)
    await owner.get_by_role("button", name="Members: 2").click()
    await expect(owner.locator(".panel")).to_contain_text("<img src=x")
    await owner.get_by_label("Your message").press_sequentially("@<")
    await owner.get_by_role("button", name="Search in this conversation").click()
    await owner.get_by_role("searchbox", name="Search messages").fill("alert")
    await expect(owner.locator(".result").first).to_contain_text("<script>")
    await owner.keyboard.press("Escape")
    await owner.get_by_role("button", name="Documents", exact=True).first.click()
    await owner.locator(".panel input[type=file]").set_input_files(file)
    await expect(owner.locator(".document[data-status=ready]")).to_contain_text("<img")
    await owner.goto(f"{site.app.url}/#/admin")
    await expect(owner.locator(".view")).to_contain_text("<img src=x")
    for page in (owner, other, second):
        await expect(page.locator("img:not(.logo), main script")).to_have_count(0)
