/**
 * The two ways a person works the screen. A test that takes a hand proves its flow for both: the keyboard's gets nowhere that
 * Tab, arrows and Enter do not lead.
 */
import type { Locator, Page } from 'playwright-core';

export interface Hand {
  readonly name: 'mouse' | 'keyboard';
  press(target: Locator): Promise<void>;
  /** In place of what stands there. */
  type(field: Locator, text: string): Promise<void>;
  /** Of a menu that the button opens. */
  choose(button: Locator, item: string): Promise<void>;
  /** A row of the list of files. */
  pick(grid: Locator, row: string): Promise<void>;
}

// Every control of the fullest page, twice over.
const MOST_TABS = 150;
const MOST_ROWS = 50;

export const mouse: Hand = {
  name: 'mouse',
  press: (target) => target.click(),
  type: (field, text) => field.fill(text),
  choose: async (button, item) => {
    await button.click();
    await button.page().getByRole('menuitem', { name: item }).click();
  },
  pick: (grid, row) => grid.getByRole('row', { name: row }).click(),
};

export const keyboard: Hand = {
  name: 'keyboard',
  press: async (target) => {
    await tabTo(target);
    await target.page().keyboard.press('Enter');
  },
  type: async (field, text) => {
    await tabTo(field);
    await field.page().keyboard.press('ControlOrMeta+a');
    await field.page().keyboard.type(text);
  },
  choose: async (button, item) => {
    const page = button.page();
    await tabTo(button);
    await page.keyboard.press('Enter');
    const wanted = page.getByRole('menuitem', { name: item });
    await wanted.waitFor();
    for (let presses = 0; !(await hasFocus(wanted)); presses += 1) {
      if (presses === MOST_TABS) throw new Error(`arrows do not lead to ${item}`);
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
  },
  pick: async (grid, row) => {
    const page = grid.page();
    await tabTo(grid);
    const wanted = grid.getByRole('row', { name: row });
    await wanted.waitFor();
    await page.keyboard.press('Home');
    const id = await wanted.getAttribute('id');
    for (let presses = 0; (await grid.getAttribute('aria-activedescendant')) !== id; presses += 1) {
      if (presses === MOST_ROWS) throw new Error(`arrows do not lead to ${row}`);
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
  },
};

async function tabTo(target: Locator): Promise<void> {
  const page: Page = target.page();
  await target.waitFor();
  for (let presses = 0; !(await hasFocus(target)); presses += 1) {
    if (presses === MOST_TABS) throw new Error(`Tab does not lead to ${String(target)}`);
    await page.keyboard.press('Tab');
  }
}

async function hasFocus(target: Locator): Promise<boolean> {
  return await target.evaluate((element) => element === element.ownerDocument.activeElement);
}
