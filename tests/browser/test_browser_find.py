"""Finding conversations and documents by misspelt names, and the list of tasks."""

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.browser


async def test_conversations_and_documents_are_found_by_misspelt_names(
    site, open_page, lease
) -> None:
    client = site.app.memory_client()
    await client.call("session.hello", {})
    spoken = await site.room("Insurance claims")
    await client.call("messages.post", {"room_id": spoken, "text": "We have a xylophone."})
    await client.close()
    room_id = await site.room("Garden")
    page = await open_page()
    await page.locator(".first-drop input").set_input_files(lease)
    await expect(page.locator(".document[data-status=ready]")).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).click()
    await page.keyboard.press("Control+k")
    box = page.get_by_role("searchbox")
    await box.fill("insurence")
    dialog = page.get_by_role("dialog")
    found = dialog.get_by_role("list", name="Conversations")
    await expect(found.get_by_role("link")).to_have_text(["Insurance claims"])
    await box.fill("leaes")
    found = dialog.get_by_role("list", name="Documents").get_by_role("button")
    await expect(found).to_have_text(["Lease"])
    await found.click()
    await expect(page.get_by_role("complementary", name="Lease")).to_contain_text("deposit")
    await page.keyboard.press("Control+k")
    # Passages and messages are found by misspelt words, too.
    await box.fill("depossit")
    passages = dialog.get_by_role("list", name="In documents").get_by_role("button")
    await expect(passages).to_have_count(1)
    await expect(passages).to_contain_text("The tenant pays a deposit")
    await passages.click()
    source = page.get_by_role("complementary", name="Lease")
    await expect(source.locator("mark")).to_contain_text("The tenant pays a deposit")
    await page.keyboard.press("Control+k")
    await box.fill("xylofone")
    messages = dialog.get_by_role("list", name="Results")
    await expect(messages.locator("mark")).to_have_text(["xylophone"])
    await expect(dialog.get_by_role("status")).to_contain_text("similar words")
    await box.fill("graden")
    await expect(dialog.get_by_role("link", name="Garden")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.app.url}/#/c/{room_id}")


async def test_tasks_are_listed_and_can_be_stopped(site, open_page, lease) -> None:
    site.scripts.by_question["deposit"] = ["How much is it?"]
    page = await open_page()
    await page.locator(".first-drop input").set_input_files(lease)
    await expect(page.locator(".document[data-status=ready]")).to_be_visible()
    await page.get_by_role("combobox", name="Mode", exact=True).select_option("deep_research")
    await page.get_by_label("Your question").fill("What about the deposit?")
    await page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Tasks")
    await expect(button).to_contain_text("1")
    await button.click()
    tasks = page.get_by_role("list", name="Tasks").get_by_role("listitem")
    await expect(tasks).to_have_count(2)
    await expect(tasks.first).to_contain_text("What about the deposit?")
    await expect(tasks.first).to_contain_text("Answer")
    await expect(tasks.last).to_contain_text("Lease")
    await expect(tasks.last).to_contain_text("Done")
    await tasks.first.get_by_role("button", name="Stop What about the deposit?").click()
    await expect(tasks.first).to_contain_text("Stopped")
    await expect(page.locator(".ended")).to_contain_text("You stopped this answer.")
    await expect(button).not_to_contain_text("1")
    # The list is there after a reload, too.
    await page.reload()
    await button.click()
    await expect(tasks).to_have_count(2)
