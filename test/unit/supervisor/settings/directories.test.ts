/** Where files go by default. */
import { describe, expect, it } from 'vitest';
import { userDirectories } from '../../../../src-main/supervisor/settings/directories.ts';

describe('userDirectories', () => {
  it("lie in the person's home", () => {
    expect(userDirectories({}, '/home/ann')).toEqual({
      data: '/home/ann/.local/share/orbit-ghost',
      cache: '/home/ann/.cache/orbit-ghost',
      state: '/home/ann/.local/state/orbit-ghost',
      config: '/home/ann/.config/orbit-ghost',
    });
  });

  it('follow the XDG variables', () => {
    const environment = {
      XDG_DATA_HOME: '/d',
      XDG_CACHE_HOME: '/c',
      XDG_STATE_HOME: '/s',
      XDG_CONFIG_HOME: '/e',
    };
    expect(userDirectories(environment, '')).toEqual({
      data: '/d/orbit-ghost',
      cache: '/c/orbit-ghost',
      state: '/s/orbit-ghost',
      config: '/e/orbit-ghost',
    });
  });

  it('ignore a variable that is empty or relative, as the specification demands', () => {
    const environment = { XDG_DATA_HOME: '', XDG_CACHE_HOME: 'cache' };
    expect(userDirectories(environment, '/h')).toMatchObject({
      data: '/h/.local/share/orbit-ghost',
      cache: '/h/.cache/orbit-ghost',
    });
  });

  it('are refused with a sentence where there is no home', () => {
    expect(() => userDirectories({}, '')).toThrow(/no home directory.*HOME.*XDG_DATA_HOME/);
  });
});
