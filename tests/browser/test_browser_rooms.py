"""Two people in one room, each in their own browser."""

import asyncio
import json

import pytest
from playwright.async_api import Page, expect

from support.page_checks import in_shared_loop
from support.page_network import go_offline
from support.servers import SECONDS

pytestmark = pytest.mark.browser
WORDS = ["One 🎉 ", "two ", "three ", "four ", "five ", "six."]
WHOLE = "One 🎉 two three four five six."
# Makes a visible page believe that it is hidden.
HIDE = """(state) => {
  Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
  document.dispatchEvent(new Event("visibilitychange", {bubbles: true}));
}"""


@in_shared_loop
async def pair(site, open_page):
    """The owner and Ada, with the same room open."""
    ada = await site.add("Ada")
    room_id = await site.room("Garden", ada)
    owner, other = await open_page(), await open_page(name="Ada")
    for page in (owner, other):
        await page.locator(".room-link").click()
        await expect(page.get_by_label("Your message")).to_be_visible()
    return Pair(owner, other, room_id)


class Pair:
    def __init__(self, owner: Page, ada: Page, room_id: str) -> None:
        self.owner, self.ada, self.room_id = owner, ada, room_id

    def __iter__(self):
        return iter((self.owner, self.ada))


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


def bubbles(page: Page):
    return page.locator(".question .bubble")


def live(page: Page):
    return page.get_by_role("article", name="Answer in progress").locator(".markdown")


def answers(page: Page):
    return page.get_by_role("article", name="Answer", exact=True).locator(".markdown")


def members(page: Page):
    return page.get_by_role("list", name="Members").locator(".member")


async def test_presence_shows_who_is_online(site, pair) -> None:
    owner, ada = pair
    await owner.get_by_role("button", name="Members: 2, 2 online").click()
    row = owner.locator(".member[data-user=Ada]")
    await expect(row).to_contain_text("Online")
    await ada.evaluate(HIDE, "hidden")
    await expect(row).to_contain_text("Away")
    await ada.evaluate(HIDE, "visible")
    await expect(row).to_contain_text("Online")
    await ada.context.close()
    await expect(row).to_contain_text("Offline")
    await expect(owner.get_by_role("button", name="Members: 2, 1 online")).to_be_visible()


async def test_five_minutes_without_input_mean_away(site, open_page) -> None:
    ada = await site.add("Ada")
    await site.room("Garden", ada)
    owner = await open_page()
    await owner.locator(".room-link").click()
    idle = await open_page(name="Ada", clock=True)
    await idle.locator(".room-link").click()
    await owner.get_by_role("button", name="Members: 2").click()
    row = owner.locator(".member[data-user=Ada]")
    await expect(row).to_contain_text("Online")
    await idle.clock.fast_forward("05:01")
    await expect(row).to_contain_text("Away")
    await idle.keyboard.press("Shift")
    await expect(row).to_contain_text("Online")


async def test_typing_is_shown_and_ends_with_the_message(pair) -> None:
    owner, ada = pair
    await ada.get_by_label("Your message").press_sequentially("Hel")
    await expect(owner.locator(".typing")).to_have_text("Ada is typing…")
    await expect(ada.locator(".typing")).to_have_text("")
    await say(ada, "Hello")
    await expect(bubbles(owner)).to_have_text(["Hello"])
    await expect(owner.locator(".typing")).to_have_text("")
    await expect(owner.locator(".author-name")).to_have_text(["Ada"])
    # The assistant was not mentioned.
    await expect(owner.locator(".answer")).to_have_count(0)


async def test_parallel_answers_stream_to_everyone_and_name_the_recipient(site, pair) -> None:
    owner, ada = pair
    site.scripts.by_question |= {"count": WORDS, "colours": ["Red, ", "green, ", "blue."]}
    await say(owner, "@assistant count")
    site.release(1)
    for page in pair:
        await expect(live(page)).to_have_text("One 🎉")
    await say(ada, "@assistant colours")
    for page in pair:
        await expect(page.get_by_role("article", name="Answer in progress")).to_have_count(2)
    site.release(40)
    for page in pair:
        await expect(answers(page)).to_have_text([WHOLE, "Red, green, blue."])
    await expect(owner.locator(".answer-head")).to_have_text(
        ["Assistant to you", "Assistant to Ada"]
    )
    await expect(ada.locator(".answer-head")).to_have_text(
        ["Assistant to Owner", "Assistant to you"]
    )


async def test_any_member_can_stop_and_continue_an_answer(site, pair) -> None:
    owner, ada = pair
    site.scripts.by_question["count"] = WORDS
    await say(owner, "@assistant count")
    site.release(2)
    await expect(live(ada)).to_have_text("One 🎉 two")
    await ada.get_by_role("button", name="Stop").click()
    await expect(owner.locator(".ended")).to_have_text("You stopped this answer.")
    await expect(ada.locator(".ended")).to_have_text("This answer was stopped.")
    site.scripts.by_question["count"] = ["and more."]
    await ada.get_by_role("button", name="Continue").click()
    site.release(10)
    for page in pair:
        await expect(page.get_by_label("Answer 2 of 2")).to_be_visible()
        await expect(answers(page)).to_have_text("One 🎉 two and more.")
    await owner.get_by_role("button", name="Previous answer").click()
    await expect(answers(owner)).to_have_text("One 🎉 two")


async def test_a_reload_and_a_second_tab_during_an_answer(site, pair) -> None:
    owner, ada = pair
    site.scripts.by_question["count"] = WORDS
    await say(owner, "@assistant count")
    site.release(2)
    await expect(live(ada)).to_have_text("One 🎉 two")
    await ada.reload()
    await expect(live(ada)).to_have_text("One 🎉 two")
    second = await owner.context.new_page()
    await second.goto(owner.url)
    await expect(live(second)).to_have_text("One 🎉 two")
    site.release(20)
    for page in (owner, ada, second):
        await expect(answers(page)).to_have_text([WHOLE])
        await expect(bubbles(page)).to_have_text(["@assistant count"])
    await say(second, "From the second tab")
    for page in (owner, ada, second):
        await expect(bubbles(page)).to_have_text(["@assistant count", "From the second tab"])


async def test_messages_sent_offline_are_counted_and_sent_once(site, pair) -> None:
    owner, ada = pair
    await go_offline(ada, site)
    await expect(owner.get_by_role("button", name="Members: 2, 1 online")).to_be_visible()
    await say(ada, "first")
    await say(ada, "second")
    await expect(ada.locator(".status")).to_contain_text(
        "2 messages will be sent when you are back online"
    )
    await expect(ada.locator(".foot-line").first).to_have_text("Offline, 2 waiting")
    await say(owner, "meanwhile")
    await ada.context.set_offline(False)
    for page in pair:
        await expect(bubbles(page)).to_have_text(["meanwhile", "first", "second"])
    await expect(ada.locator("[data-pending=true]")).to_have_count(0)
    await expect(ada.locator(".foot-line").first).to_have_text("Online")


async def test_the_page_works_over_http_and_says_so(site, open_page) -> None:
    ada = await site.add("Ada")
    await site.room("Garden", ada)
    site.scripts.by_question["count"] = WORDS
    owner = await open_page()
    await owner.locator(".room-link").click()
    blocked = await open_page(name="Ada", init_script="delete globalThis.WebSocket")
    await blocked.locator(".room-link").click()
    await expect(blocked.locator(".status")).to_contain_text("WebSocket is blocked, using HTTP")
    await expect(owner.get_by_role("button", name="Members: 2, 2 online")).to_be_visible()
    await say(blocked, "@assistant count")
    site.release(2)
    for page in (owner, blocked):
        await expect(live(page)).to_have_text("One 🎉 two")
    site.release(20)
    for page in (owner, blocked):
        await expect(answers(page)).to_have_text([WHOLE])
    await blocked.get_by_role("button", name="Dismiss").click()
    await expect(blocked.locator(".status")).to_have_count(0)
    await expect(blocked.locator(".foot-line").first).to_have_text("Online, over HTTP")


async def test_unread_messages_are_counted_until_seen(pair) -> None:
    owner, ada = pair
    await owner.get_by_role("link", name="New chat").click()
    await expect(owner.locator(".welcome")).to_be_visible()
    await say(ada, "one")
    await say(ada, "two")
    unread = owner.locator(".room .unread")
    await expect(unread).to_contain_text("2 unread")
    await expect(owner).to_have_title("(2) BasicChat")
    # A message that arrives while the page is hidden stays unread, although its room is open.
    await owner.locator(".room-link").click()
    await expect(unread).to_have_count(0)
    await expect(ada.locator(".seen")).to_have_text("Seen by Owner")
    await owner.evaluate(HIDE, "hidden")
    await say(ada, "three")
    await expect(unread).to_contain_text("1 unread")
    await owner.evaluate(HIDE, "visible")
    await expect(unread).to_have_count(0)
    await expect(ada.locator(".seen")).to_have_text("Seen by Owner")


async def test_mentions_are_completed_by_keyboard(site, pair) -> None:
    owner, _ = pair
    box = owner.get_by_label("Your message")
    await box.press_sequentially("hey @a")
    await expect(owner.locator(".mention-option")).to_have_text(
        ["@assistantAnswers in this room", "A@AdaMember"]
    )
    await expect(box).to_have_attribute("aria-activedescendant", "mention-0")
    await owner.keyboard.press("ArrowDown")
    await owner.keyboard.press("Tab")
    await expect(box).to_have_value("hey @Ada ")
    await expect(owner.locator(".mention-option")).to_have_count(0)
    await box.press_sequentially("and @ass")
    await owner.keyboard.press("Enter")
    await expect(box).to_have_value("hey @Ada and @assistant ")
    await box.press_sequentially("@")
    await owner.keyboard.press("Escape")
    await expect(owner.locator(".mention-option")).to_have_count(0)
    await expect(box).to_be_focused()


async def test_role_changes_take_effect_immediately(site, pair) -> None:
    owner, ada = pair
    await owner.get_by_role("button", name="Members: 2").click()
    await owner.get_by_label("Role of Ada").select_option("viewer")
    await expect(ada.locator(".reading")).to_contain_text("You can read this room")
    await expect(ada.get_by_label("Your message")).to_have_count(0)
    await owner.get_by_label("Role of Ada").select_option("owner")
    await expect(ada.get_by_label("Your message")).to_be_visible()
    await ada.get_by_role("button", name="Members: 2").click()
    await ada.get_by_label("Role of Owner").select_option("member")
    await expect(owner.get_by_label("Role of Ada")).to_have_count(0)
    await ada.get_by_label("Role of Ada").select_option("member")
    await expect(ada.locator(".notice")).to_contain_text("last owner")
    await expect(ada.locator(".notice")).to_contain_text("Make another member its owner first")
    await expect(ada.get_by_label("Role of Ada")).to_have_value("owner")


async def test_a_removed_member_no_longer_sees_the_room(pair) -> None:
    owner, ada = pair
    await say(owner, "secret")
    await expect(bubbles(ada)).to_have_text(["secret"])
    await owner.get_by_role("button", name="Members: 2").click()
    await owner.get_by_role("button", name="Actions for Ada").click()
    await owner.get_by_role("menuitem", name="Remove from the room").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(ada.locator(".room")).to_have_count(0)
    await expect(ada.locator(".failure")).to_contain_text("This conversation is not available")
    assert "secret" not in await ada.content()
    await expect(members(owner)).to_have_count(1)


async def test_a_room_is_created_renamed_left_and_deleted(site, open_page) -> None:
    await site.add("Ada")
    owner, ada = await open_page(), await open_page(name="Ada")
    await owner.get_by_role("button", name="New room").click()
    await owner.get_by_label("Name").fill("Summer")
    await owner.keyboard.press("Enter")
    await owner.get_by_placeholder("Name").fill("ad")
    await owner.get_by_role("button", name="Add Ada").click()
    await expect(ada.locator(".room-link")).to_have_text("Shared room: Summer")
    await owner.locator(".panel").get_by_role("button", name="Rename").click()
    await owner.get_by_role("dialog").get_by_label("Name").fill("Winter")
    await owner.keyboard.press("Enter")
    await expect(ada.locator(".room-name")).to_have_text("Winter")
    await ada.locator(".room-link").click()
    await ada.get_by_role("button", name="Members: 2").click()
    await ada.locator(".panel").get_by_role("button", name="Leave").click()
    await ada.get_by_role("dialog").get_by_role("button", name="Leave").click()
    await expect(ada.locator(".room")).to_have_count(0)
    await expect(ada.locator(".welcome")).to_be_visible()
    await expect(members(owner)).to_have_count(1)
    await owner.locator(".panel").get_by_role("button", name="Delete").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(owner.locator(".room")).to_have_count(0)


async def test_drafts_are_synchronised_between_devices(site, pair) -> None:
    owner, _ = pair
    phone = await owner.context.new_page()
    await phone.goto(owner.url)
    here, there = owner.get_by_label("Your message"), phone.get_by_label("Your message")
    await expect(there).to_be_visible()
    await here.press_sequentially("half a thought")
    await expect(there).to_have_value("half a thought")
    await there.press_sequentially(", and more")
    await expect(here).to_have_value("half a thought, and more")
    await say(phone, "a thought, sent")
    await expect(bubbles(owner)).to_have_text(["a thought, sent"])
    for box in (here, there):
        await expect(box).to_have_value("")


async def test_a_draft_is_saved_every_80_ms_while_typing(site, open_page) -> None:
    await site.room("Garden", await site.add("Ada"))
    page = await open_page(clock=True)
    sent: list[str] = []

    def note(frame: str) -> None:
        request = json.loads(frame)
        if request.get("method") == "drafts.set":
            sent.append(request["params"]["text"])

    page.on("websocket", lambda socket: socket.on("framesent", note))
    await page.goto(page.url)
    await page.reload()
    await page.locator(".room-link").click()
    phone = await page.context.new_page()
    await phone.goto(page.url)
    here, there = page.get_by_label("Your message"), phone.get_by_label("Your message")
    await expect(there).to_be_visible()
    await expect(here).to_be_focused()
    await page.clock.pause_at(await page.evaluate("Date.now() + 1000"))
    await page.keyboard.type("I")
    await page.clock.run_for(1)
    await expect(there).to_have_value("I")
    # Keys typed within that time are saved together.
    for key in " was":
        await page.keyboard.type(key)
        await page.clock.run_for(10)
    assert sent == ["I"]
    # The next request is sent after that time, once the previous one has been answered.
    async with asyncio.timeout(SECONDS):
        while await there.input_value() != "I was":
            await page.clock.run_for(10)
    assert sent == ["I", "I was"]
