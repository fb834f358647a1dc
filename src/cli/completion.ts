import type { Command, Option } from 'commander';

const SCRIPTS = {
  bash: `_interlock() {
  local IFS=$'\\n'
  COMPREPLY=($(interlock completion --words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _interlock interlock
`,
  zsh: `#compdef interlock
_interlock() {
  local -a found
  found=(\${(f)"$(interlock completion --words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _interlock interlock
`,
  fish: `function __interlock_words
  interlock completion --words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null
end
complete -c interlock -a '(__interlock_words)'
`,
} as const;

/** Shells that there is a completion for. */
export const SHELLS = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];

/** The script that a shell loads for completion. */
export const completionScript = (shell: keyof typeof SCRIPTS): string => SCRIPTS[shell];

const flagsOf = ({ short, long }: Option): string[] => [long, short].filter((flag) => flag !== undefined);

/**
 * How the last of some words can go on: a command, an option, or a value that an option or argument is one of.
 * @param words what follows `interlock`, the last of them perhaps empty.
 */
export function completionsFor(program: Command, words: readonly string[]): string[] {
  const [last = '', ...before] = words.toReversed();
  let command = program;
  let place = 0;
  let waiting: Option | undefined;
  for (const word of before.toReversed()) {
    if (waiting !== undefined) {
      waiting = undefined;
      continue;
    }
    const option = command.options.find((candidate) => flagsOf(candidate).includes(word));
    if (option !== undefined) waiting = option.required ? option : undefined;
    else {
      const next = command.commands.find((candidate) => candidate.name() === word);
      if (next === undefined) place += 1;
      else [command, place] = [next, 0];
    }
  }
  const visible = command.createHelp();
  const offered =
    waiting !== undefined
      ? (waiting.argChoices ?? [])
      : last.startsWith('-')
        ? visible.visibleOptions(command).flatMap(flagsOf)
        : [
            ...visible.visibleCommands(command).map((candidate) => candidate.name()),
            ...(command.registeredArguments[place]?.argChoices ?? []),
          ];
  return offered.filter((word) => word.startsWith(last));
}
