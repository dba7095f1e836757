/** What a shell needs to ask `caisson __complete` for candidates: one a line, with a tab and a description behind where there is one. */
export const completionScripts: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = {
  bash: `# bash completion for caisson: source <(caisson completion bash)
_caisson() {
  local line current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  # bash takes = and : for words of their own: the part behind them is what is completed.
  local words="\${COMP_LINE:0:COMP_POINT}" prefix="" breaks=""
  [[ "$COMP_WORDBREAKS" == *:* ]] && breaks+=":"
  [[ "$COMP_WORDBREAKS" == *=* ]] && breaks+="="
  local whole="\${words##* }"
  if [[ -n "$breaks" && "$whole" == *[$breaks]* ]]; then prefix="\${whole%"\${whole##*[$breaks]}"}"; fi
  local args=()
  read -ra args <<< "$words"
  [[ "$words" == *[[:space:]] ]] && args+=("")
  while IFS= read -r line; do
    line="\${line%%$'\\t'*}"
    COMPREPLY+=("\${line#"$prefix"}")
  done < <("\${args[0]}" __complete -- "\${args[@]:1}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace
  return 0
}
complete -o bashdefault -o default -F _caisson caisson
`,
  zsh: `#compdef caisson
# zsh completion for caisson: source <(caisson completion zsh), or a file _caisson in a folder of fpath
_caisson() {
  local line value
  local -a candidates
  while IFS= read -r line; do
    value="\${line%%$'\\t'*}"
    if [[ "$line" == *$'\\t'* ]]; then candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}"); else candidates+=("\${value//:/\\\\:}"); fi
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then _describe -t caisson 'caisson' candidates; else _files; fi
}
if [[ "\${funcstack[1]}" == _caisson ]]; then _caisson "$@"; else compdef _caisson caisson; fi
`,
  fish: `# fish completion for caisson: caisson completion fish | source
function __caisson_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c caisson -f -a '(__caisson_complete)'
`,
};
