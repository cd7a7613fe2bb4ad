/** Asks the person, on top of the window where one is shown. They can be asked at any moment, also before there is a window. */
import { BrowserWindow, dialog } from 'electron';
import { answerOf, type Question } from '../questions.ts';

/** Undefined only when a question has no button for what closed it. */
export async function ask<Answer>(question: Question<Answer>): Promise<Answer | undefined> {
  const parent = shownWindow();
  const { response } =
    parent === undefined
      ? await dialog.showMessageBox(question.box)
      : await dialog.showMessageBox(parent, question.box);
  return answerOf(question, response);
}

export async function choosePath(
  options: Electron.OpenDialogOptions,
): Promise<Electron.OpenDialogReturnValue> {
  const parent = shownWindow();
  return parent === undefined
    ? await dialog.showOpenDialog(options)
    : await dialog.showOpenDialog(parent, options);
}

function shownWindow(): BrowserWindow | undefined {
  return BrowserWindow.getAllWindows().find((window) => window.isVisible());
}
